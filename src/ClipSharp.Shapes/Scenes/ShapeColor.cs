
namespace ClipSharp.Shapes.Scenes;

/// <summary>A shape's colour. The nine lie far apart, so that the jitter of a picture never reaches the next name.</summary>
public enum ShapeColor
{
    /// <summary>Red.</summary>
    Red,

    /// <summary>Orange.</summary>
    Orange,

    /// <summary>Yellow.</summary>
    Yellow,

    /// <summary>Green.</summary>
    Green,

    /// <summary>Cyan.</summary>
    Cyan,

    /// <summary>Blue.</summary>
    Blue,

    /// <summary>Purple.</summary>
    Purple,

    /// <summary>Pink.</summary>
    Pink,

    /// <summary>Brown.</summary>
    Brown,
}
