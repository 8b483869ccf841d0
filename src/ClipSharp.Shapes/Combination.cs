using ClipSharp.Shapes.Scenes;

namespace ClipSharp.Shapes;

/// <summary>What a shape is: texture × colour × outline. Each is one class of the corpus.</summary>
/// <param name="Texture">What covers it.</param>
/// <param name="Color">Its colour.</param>
/// <param name="Outline">Its outline.</param>
public readonly record struct Combination(ShapeTexture Texture, ShapeColor Color, ShapeOutline Outline)
{
    /// <summary>How many textures there are.</summary>
    public const int Textures = (int)ShapeTexture.Dotted + 1;

    /// <summary>How many colours there are.</summary>
    public const int Colors = (int)ShapeColor.Brown + 1;

    /// <summary>How many outlines there are.</summary>
    public const int Outlines = (int)ShapeOutline.Cross + 1;

    /// <summary>How many combinations there are.</summary>
    public const int Count = Textures * Colors * Outlines;

    /// <summary>The class number, 0 to <see cref="Count"/> - 1.</summary>
    public int Index => ((((int)Texture * Colors) + (int)Color) * Outlines) + (int)Outline;

    /// <summary>The class name, such as "striped purple star".</summary>
    public string Name => $"{Words.Of(Texture)[0]} {Words.Of(Color)[0]} {Words.Of(Outline)[0]}";

    /// <summary>All combinations; the i-th has the class number i.</summary>
    public static IReadOnlyList<Combination> All { get; } = [.. Enumerable.Range(0, Count).Select(FromIndex)];

    private static Combination FromIndex(int index) =>
        new((ShapeTexture)(index / (Colors * Outlines)), (ShapeColor)(index / Outlines % Colors),
            (ShapeOutline)(index % Outlines));
}
