namespace ClipSharp.Cli.Parsing;

/// <summary>An option of another tool that this program does not have.</summary>
/// <param name="Values">How many values it takes at most.</param>
/// <param name="Instead">What to use instead; null where it changes nothing here, so that it may be left out.</param>
/// <param name="Harmless">The value with which it changes nothing, or null.</param>
internal sealed record ForeignFlag(int Values, string? Instead, string? Harmless = null)
{
    /// <summary>Whether leaving it out would change the result.</summary>
    /// <param name="values">Its values.</param>
    public bool IsRefused(IReadOnlyList<string> values) =>
        Instead is not null && !(Harmless is not null && values is [var value]
            && value.Equals(Harmless, StringComparison.OrdinalIgnoreCase));
}
