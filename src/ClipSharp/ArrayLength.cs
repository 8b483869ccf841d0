using System.Globalization;

namespace ClipSharp;

/// <summary>The one place where sizes are multiplied to the length of an array.</summary>
internal static class ArrayLength
{
    /// <summary>The product of the sides.</summary>
    /// <param name="what">What the array holds, a plural.</param>
    /// <param name="sides">Sizes, 0 or more each.</param>
    /// <exception cref="ClipException">No array is that long.</exception>
    public static int Of(string what, params ReadOnlySpan<long> sides)
    {
        Int128 length = 1;
        foreach (var side in sides)
        {
            length *= side;
        }

        return length <= Array.MaxLength ? (int)length : throw TooLong(what, length);
    }

    /// <summary>The refusal of so many.</summary>
    public static ClipException TooLong(string what, Int128 length) =>
        new(ClipError.Unavailable, "There is more than one array holds", "memory",
            string.Create(CultureInfo.InvariantCulture, $"{length:N0} {what}"),
            string.Create(CultureInfo.InvariantCulture, $"at most {Array.MaxLength:N0}"), "Take fewer at a time.");
}
