namespace ClipSharp.Text.Subwords;

/// <summary>What a file says about a tokenizer: its pieces and the way from a text to them.</summary>
internal sealed record SubwordPipeline
{
    /// <summary>The pieces by id.</summary>
    public required IReadOnlyList<string> Pieces { get; init; }

    /// <summary>Special tokens that the text itself may spell.</summary>
    public AddedTokens Added { get; init; } = AddedTokens.None;

    /// <summary>The same, looked for after <see cref="Normalize"/>.</summary>
    public AddedTokens AddedAfter { get; init; } = AddedTokens.None;

    /// <summary>What is done to the text between special tokens.</summary>
    public Func<string, string> Normalize { get; init; } = text => text;

    /// <summary>The last step.</summary>
    public required ISubwordEncoder Encoder { get; init; }

    /// <summary>The id before each text, or null.</summary>
    public int? Start { get; init; }

    /// <summary>The id after each text.</summary>
    public required int End { get; init; }

    /// <summary>The id that fills a row where no file beside it names another.</summary>
    public required int Pad { get; init; }

    /// <summary>Whether pieces inside a word are marked by ##, not words by ▁.</summary>
    public bool IsWordPiece { get; init; }

    /// <summary>The ids of a text without start and end.</summary>
    /// <param name="text">Cleaned.</param>
    /// <param name="lowers">Whether letters become small between special tokens.</param>
    public List<int> Encode(string text, bool lowers)
    {
        var ids = new List<int>((text.Length / 4) + 4);
        var isFirst = true;
        foreach (var (part, id) in Added.Split(text))
        {
            if (id >= 0)
            {
                ids.Add(id);
            }
            else
            {
                foreach (var (inner, innerId) in AddedAfter.Split(Normalize(lowers ? TextCleaner.LowerByLetter(part) : part)))
                {
                    if (innerId >= 0)
                    {
                        ids.Add(innerId);
                    }
                    else
                    {
                        Encoder.Encode(inner, isFirst, ids);
                    }

                    isFirst = false;
                }
            }

            isFirst = false;
        }

        return ids;
    }
}
