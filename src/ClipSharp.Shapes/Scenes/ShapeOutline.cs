
namespace ClipSharp.Shapes.Scenes;

/// <summary>An outline that a person tells from the others at 20 pixels.</summary>
public enum ShapeOutline
{
    /// <summary>A disc.</summary>
    Circle,

    /// <summary>A square on its side.</summary>
    Square,

    /// <summary>An equilateral triangle, point up.</summary>
    Triangle,

    /// <summary>A star of five points.</summary>
    Star,

    /// <summary>A heart.</summary>
    Heart,

    /// <summary>A disc with a hole.</summary>
    Ring,

    /// <summary>A plus sign.</summary>
    Cross,
}
