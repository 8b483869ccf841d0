
namespace ClipSharp.Shapes.Scenes;

/// <summary>What covers a shape.</summary>
public enum ShapeTexture
{
    /// <summary>One colour.</summary>
    Plain,

    /// <summary>Parallel stripes.</summary>
    Striped,

    /// <summary>Round dots on a grid.</summary>
    Dotted,
}
