using ClipSharp.Shapes.Scenes;

namespace ClipSharp.Shapes;

/// <summary>The words for each attribute; the first is the name, the others are synonyms.</summary>
internal static class Words
{
    private static readonly string[][] Textures =
        [["plain", "solid"], ["striped"], ["dotted", "spotted"]];

    private static readonly string[][] TextureEndings =
        [[], ["with stripes"], ["with dots", "with spots"]];

    private static readonly string[][] Colors =
    [
        ["red"], ["orange"], ["yellow"], ["green"], ["cyan", "turquoise"], ["blue"], ["purple", "violet"], ["pink"], ["brown"],
    ];

    private static readonly string[][] Outlines =
    [
        ["circle", "disc"], ["square"], ["triangle"], ["star"], ["heart"], ["ring"], ["cross"],
    ];

    private static readonly string[][] Sizes = [["small", "little"], ["large", "big"]];

    private static readonly string[][] Backgrounds = [["white"], ["black"], ["grey", "gray"], ["pale blue"], ["beige"]];

    private static readonly string[][] Positions =
    [
        ["in the top left", "in the upper left corner"], ["at the top"], ["in the top right", "in the upper right corner"],
        ["on the left"], ["in the centre", "in the middle"], ["on the right"],
        ["in the bottom left", "in the lower left corner"], ["at the bottom"],
        ["in the bottom right", "in the lower right corner"],
    ];

    private static readonly string[][] Relations =
        [["to the left of", "left of"], ["to the right of", "right of"], ["above"], ["below", "under"]];

    public static ReadOnlySpan<string> Of(ShapeTexture texture) => Textures[(int)texture];

    /// <summary>The texture said after the noun, "with stripes"; none for a plain one.</summary>
    public static ReadOnlySpan<string> EndingOf(ShapeTexture texture) => TextureEndings[(int)texture];

    public static ReadOnlySpan<string> Of(ShapeColor color) => Colors[(int)color];

    public static ReadOnlySpan<string> Of(ShapeOutline outline) => Outlines[(int)outline];

    public static ReadOnlySpan<string> Of(ShapeSize size) => Sizes[(int)size];

    public static ReadOnlySpan<string> Of(Background background) => Backgrounds[(int)background];

    public static ReadOnlySpan<string> Of(ShapePosition position) => Positions[(int)position];

    public static ReadOnlySpan<string> Of(ShapeRelation relation) => Relations[(int)relation];
}
