using System.Text;
using ClipSharp.Data.Index;
using ClipSharp.Data.Sets;
using ClipSharp.Text;

namespace ClipSharp.Training.Doctor;

/// <summary>What captions are like.</summary>
/// <param name="Count">Captions.</param>
/// <param name="Tokens">Tokens of one, start and end counted.</param>
/// <param name="ContextLength">Tokens that the text tower takes.</param>
/// <param name="Cut">The share that is longer, 0 to 1.</param>
/// <param name="Empty">The share without any token of its own.</param>
/// <param name="Duplicates">The share that repeats another caption letter for letter.</param>
/// <param name="NearDuplicates">The share that has the words of another, in any order, case and punctuation.</param>
internal sealed record CaptionSurvey(
    int Count, Spread Tokens, int ContextLength, double Cut, double Empty, double Duplicates, double NearDuplicates)
{
    private const int MostTokenized = 100_000;
    private const int MostLooked = 10_000_000;

    /// <summary>Looks at the first ten million captions, and tokenizes at most 100,000 of them, evenly spread.</summary>
    public static CaptionSurvey Of(ITrainingSet set, TextTokenizer tokenizer, int contextLength, CancellationToken cancel)
    {
        var exact = new HashSet<string>(StringComparer.Ordinal);
        var near = new HashSet<string>(StringComparer.Ordinal);
        var lengths = new List<long>();
        var every = (Math.Min(set.CaptionCount, MostLooked) + MostTokenized - 1) / MostTokenized;
        var seen = 0;
        foreach (var caption in set.Captions(cancel).Take(MostLooked))
        {
            cancel.ThrowIfCancellationRequested();
            exact.Add(caption);
            near.Add(Words(caption));
            if (seen++ % every == 0)
            {
                lengths.Add(tokenizer.Encode(caption).Length + 2);
            }
        }

        return new CaptionSurvey(seen, Spread.Of(lengths), contextLength,
            Share(lengths.Count(length => length > contextLength), lengths.Count),
            Share(lengths.Count(length => length == 2), lengths.Count), 1 - Share(exact.Count, seen),
            1 - Share(near.Count, seen));
    }

    private static double Share(int part, int whole) => (double)part / whole;

    // The words in alphabetical order, without what is no letter or digit.
    private static string Words(string caption)
    {
        var plain = new StringBuilder(caption.Length);
        foreach (var c in caption)
        {
            plain.Append(char.IsLetterOrDigit(c) ? char.ToLowerInvariant(c) : ' ');
        }

        var words = plain.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Array.Sort(words, StringComparer.Ordinal);
        return string.Join(' ', words);
    }
}
