using ClipSharp.Cli.Rendering;
using static System.FormattableString;

namespace ClipSharp.Cli.Inputs;

/// <summary>Counts the texts of which a model sees the beginning only, for their tokens are more than its context
/// holds.</summary>
/// <param name="contextLength">T of the model.</param>
/// <param name="isStrict">Whether the first of them is refused.</param>
internal sealed class CutTexts(int contextLength, bool isStrict = false)
{
    private const int MostShown = 60;

    private long _all, _cut;
    private string _first = "";

    /// <summary>Counts the texts that a command will encode, and tells of those that are cut.</summary>
    /// <exception cref="ClipException">One is refused.</exception>
    public static void Tell(Clip clip, IEnumerable<string> texts, bool isStrict, Output output)
    {
        CutTexts? counted = null;
        foreach (var text in texts)
        {
            counted ??= new CutTexts(clip.Config.Text.ContextLength, isStrict);
            counted.Add(text, clip.Tokenizer.Encode(text).Length);
        }

        counted?.Tell(output);
    }

    /// <summary>Counts a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="ids">How many ids it has, without start and end.</param>
    /// <exception cref="ClipException">It is refused.</exception>
    public void Add(string text, int ids)
    {
        _all++;
        if (ids + 2 <= contextLength)
        {
            return;
        }

        if (_cut++ == 0)
        {
            _first = Invariant($"text {_all:N0}, {ids + 2:N0} tokens: \"{(text.Length <= MostShown ? text : text[..MostShown] + "...")}\"");
        }

        if (isStrict)
        {
            throw new ClipException(ClipError.Data, "A text is longer than the model's context", "--strict", _first,
                Invariant($"at most {contextLength:N0} tokens, start and end included"),
                "Shorten it, or leave out --strict: it is then cut.");
        }
    }

    /// <summary>One note, if any was cut.</summary>
    public void Tell(Output output)
    {
        if (_cut > 0)
        {
            output.Note(Invariant($"cut to the model's {contextLength:N0} tokens: {_cut:N0} of {_all:N0} {(_all == 1 ? "text" : "texts")}, the first {_first}"));
        }
    }
}
