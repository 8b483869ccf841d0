using System.Text;

namespace ClipSharp.Text.Repair;

/// <summary>Undoes wrong decodings: UTF-8 that was read in another encoding, once or several times, wholly or in places
/// (<c>fix_encoding</c> of ftfy 6.3).</summary>
internal static class MojibakeRepair
{
    // Each level reads characters out of bytes and so halves the text at least; this many are never there.
    private const int MaxNesting = 24;

    /// <summary>Repairs until nothing more changes.</summary>
    /// <param name="text">A line.</param>
    /// <param name="budget">The characters that may still be looked at; each step takes the text's length.</param>
    /// <returns>The text repaired; itself when nothing is wrong.</returns>
    public static string Repair(string text, ref long budget) => Repair(text, ref budget, 0);

    private static string Repair(string text, ref long budget, int nesting)
    {
        while (true)
        {
            budget -= text.Length;
            var repaired = TakeStep(text, ref budget, nesting);
            if (repaired == text || budget <= 0)
            {
                return repaired;
            }

            text = repaired;
        }
    }

    private static string TakeStep(string text, ref long budget, int nesting)
    {
        if (!MojibakeHeuristic.IsBad(text))
        {
            return text;
        }

        for (var left = SingleByteEncodings.Possible(text); left != 0; left &= left - 1)
        {
            var encoding = SingleByteEncodings.First(left);
            if (BrokenUtf8.TryDecode(SingleByteEncodings.Encode(text, encoding), encoding, out var decoded))
            {
                return decoded;
            }
        }

        var inPlaces = nesting < MaxNesting ? RepairPlaces(text, ref budget, nesting) : text;
        return inPlaces == text ? CharacterRepair.ReplaceC1(text) : inPlaces;
    }

    /// <summary>Repairs runs of what looks like UTF-8, each for itself.</summary>
    private static string RepairPlaces(string text, ref long budget, int nesting)
    {
        StringBuilder? result = null;
        var copied = 0;
        for (var at = 0; at < text.Length;)
        {
            var length = RunLength(text, at);
            if (length > 0 && length < text.Length && MojibakeHeuristic.IsBad(text.AsSpan(at, length)))
            {
                result ??= new StringBuilder(text.Length);
                result.Append(text, copied, at - copied);
                result.Append(Repair(text.Substring(at, length), ref budget, nesting + 1));
                copied = at + length;
            }

            at += Math.Max(length, 1);
        }

        return result is null ? text : result.Append(text, copied, text.Length - copied).ToString();
    }

    /// <summary>The length of the run of sequences that begins here; 0 within a garble, which a part would not mend.</summary>
    private static int RunLength(string text, int at)
    {
        if (at > 0 && MojibakeCharacters.Is(text[at - 1], MojibakeKinds.StrictContinuation))
        {
            return 0;
        }

        var end = at;
        while (SequenceLength(text.AsSpan(end)) is var length and > 0)
        {
            end += length;
        }

        return end - at;
    }

    private static int SequenceLength(ReadOnlySpan<char> text)
    {
        var lead = text.IsEmpty ? MojibakeKinds.None : MojibakeCharacters.Of(text[0]);
        return (lead & MojibakeKinds.LeadOfTwo) != 0 && AreContinuations(text, 1) ? 2
            : (lead & MojibakeKinds.LeadOfThree) != 0 && AreContinuations(text, 2) ? 3
            : (lead & MojibakeKinds.LeadOfFour) != 0 && AreContinuations(text, 3) ? 4 : 0;

        static bool AreContinuations(ReadOnlySpan<char> text, int count)
        {
            if (text.Length <= count)
            {
                return false;
            }

            foreach (var c in text.Slice(1, count))
            {
                if (!MojibakeCharacters.Is(c, MojibakeKinds.Continuation))
                {
                    return false;
                }
            }

            return true;
        }
    }
}
