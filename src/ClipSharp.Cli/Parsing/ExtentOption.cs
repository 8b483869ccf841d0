using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using ClipSharp.Images;

namespace ClipSharp.Cli.Parsing;

/// <summary>An option whose value is a size: one number for a square, or height and width, as open_clip's
/// <c>--force-image-size</c>.</summary>
internal static class ExtentOption
{
    /// <param name="name">Its name.</param>
    /// <param name="description">Its help.</param>
    public static Option<Extent?> Create(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "n",
        CustomParser = Parse,
    };

    /// <summary>Whether an option is such a one.</summary>
    public static bool Is(Option option) => option.ValueType == typeof(Extent?);

    /// <summary>Two typed numbers as the one value that the parser takes, which would also swallow a picture behind the first;
    /// null where they are no two numbers.</summary>
    public static string? Joined(string height, string width) =>
        Number(height) is null || Number(width) is null ? null : $"{height}x{width}";

    private static Extent? Parse(ArgumentResult result)
    {
        var text = result.Tokens.Single().Value;
        switch (text.Split('x').Select(Number).ToList())
        {
            case [{ } side]:
                return side;
            case [{ } height, { } width]:
                return new Extent(height, width);
            default:
                result.AddError($"{result.Argument.Name} takes a whole number, or two, height and width, not {text}.");
                return null;
        }
    }

    private static int? Number(string text) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;
}
