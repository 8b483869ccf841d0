using System.Text.RegularExpressions;
using Microsoft.ML.Tokenizers;
using BpeTokenizer = ClipSharp.Text.BpeTokenizer;
using RivalTokenizer = Microsoft.ML.Tokenizers.BpeTokenizer;

namespace ClipSharp.Benchmarks.Suite;

/// <summary>Captions to ids, one thread, beside the byte pairs of Microsoft.ML.Tokenizers with the same vocabulary. It is given
/// CLIP's expression for words and lower case. What else openai/CLIP cleans (ftfy, HTML, white space) ours does and it does not;
/// captions whose ids differ are counted in the row's name and left out of the times.</summary>
internal static partial class TokenizerPart
{
    public const string Name = "tokenizer";

    public static void Run(SuiteRun run)
    {
        var ours = BpeTokenizer.Load(run.Vocabulary);
        var rival = Rival(ours);
        var (captions, source) = CaptionTexts.Read(run.IsQuick ? 500 : 5000);
        string[] same = [.. captions.Where(caption => ours.Encode(caption).AsSpan().SequenceEqual([.. rival.EncodeToIds(caption)]))];
        var what = $"{same.Length:N0} {source}, both give the same ids; {captions.Count - same.Length:N0} where they do not are left out";
        if (same.Length == 0)
        {
            run.Add(new SuiteRow(Name, what, "texts/s", "ClipSharp", run.Rate(captions.Count, () => Encode(captions)).Median));
            return;
        }

        var turns = Turns.Of(run.Rounds, 3, () => Encode(same), () =>
        {
            foreach (var caption in same)
            {
                rival.EncodeToIds(caption);
            }
        });
        run.Add(SuiteRow.Of(turns, Name, what, (0, "ClipSharp"), (1, "Microsoft.ML.Tokenizers"), "texts/s", same.Length));

        void Encode(IReadOnlyList<string> texts)
        {
            foreach (var text in texts)
            {
                ours.Encode(text);
            }
        }
    }

    private static RivalTokenizer Rival(BpeTokenizer ours)
    {
        var folder = Directory.CreateTempSubdirectory("clipsharp-benchmark-");
        try
        {
            ours.Save(folder.FullName);
            return RivalTokenizer.Create(Path.Combine(folder.FullName, "vocab.json"), Path.Combine(folder.FullName, "merges.txt"),
                new Words(), LowerCaseNormalizer.Instance, endOfWordSuffix: "</w>");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [GeneratedRegex(@"'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+")]
    private static partial Regex Word();

    // The package's own also gives what lies between matches: the spaces.
    private sealed class Words : PreTokenizer
    {
        public override IEnumerable<(int Offset, int Length)> PreTokenize(string text)
        {
            for (var match = Word().Match(text); match.Success; match = match.NextMatch())
            {
                yield return (match.Index, match.Length);
            }
        }

        public override IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text)
        {
            var found = new List<(int, int)>();
            foreach (var match in Word().EnumerateMatches(text))
            {
                found.Add((match.Index, match.Length));
            }

            return found;
        }
    }
}
