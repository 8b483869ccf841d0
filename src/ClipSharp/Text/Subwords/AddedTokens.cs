namespace ClipSharp.Text.Subwords;

/// <summary>Tokens that a text may spell: they are cut out before anything else is done, the leftmost first, at one place the
/// longest.</summary>
internal sealed class AddedTokens
{
    /// <summary>No token.</summary>
    public static readonly AddedTokens None = new([]);

    private readonly Dictionary<char, List<AddedToken>> _byFirst = [];

    public AddedTokens(IEnumerable<AddedToken> tokens)
    {
        foreach (var token in tokens.OrderByDescending(token => token.Content.Length))
        {
            if (!_byFirst.TryGetValue(token.Content[0], out var list))
            {
                _byFirst.Add(token.Content[0], list = []);
            }

            list.Add(token);
        }
    }

    /// <summary>A text's parts, none empty: a token with its id, other text with −1.</summary>
    public IEnumerable<(string Text, int Id)> Split(string text)
    {
        var from = 0;
        for (var at = 0; at < text.Length && _byFirst.Count > 0; at++)
        {
            if (!_byFirst.TryGetValue(text[at], out var list)
                || list.Find(token => text.AsSpan(at).StartsWith(token.Content)) is not { } found)
            {
                continue;
            }

            var before = text.AsSpan(from, at - from);
            before = found.StripsLeft ? before.TrimEnd() : before;
            if (!before.IsEmpty)
            {
                yield return (before.ToString(), -1);
            }

            yield return (found.Content, found.Id);
            at += found.Content.Length;
            while (found.StripsRight && at < text.Length && char.IsWhiteSpace(text[at]))
            {
                at++;
            }

            from = at--;
        }

        if (from < text.Length)
        {
            yield return (from == 0 ? text : text[from..], -1);
        }
    }
}

/// <summary>A token that a text may spell.</summary>
/// <param name="Content">Its characters, one at least.</param>
/// <param name="Id">Its id.</param>
/// <param name="StripsLeft">Whether white space before it belongs to it.</param>
/// <param name="StripsRight">Whether white space after it belongs to it.</param>
internal sealed record AddedToken(string Content, int Id, bool StripsLeft = false, bool StripsRight = false);
