namespace ClipSharp.Data.Synthetic;

/// <summary>What covers a shape.</summary>
public enum ShapeTexture
{
    /// <summary>One colour.</summary>
    Plain,

    /// <summary>Parallel stripes.</summary>
    Striped,

    /// <summary>Round dots on a grid.</summary>
    Dotted,

    /// <summary>A checkerboard.</summary>
    Checkered,
}

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

    /// <summary>A moon, open to the right.</summary>
    Crescent,

    /// <summary>A rhombus, taller than wide.</summary>
    Diamond,

    /// <summary>An arrow to the right.</summary>
    Arrow,
}

/// <summary>How large a shape is beside the picture.</summary>
internal enum ShapeSize
{
    Small,
    Large,
}

/// <summary>The ground of a picture.</summary>
internal enum Background
{
    White,
    Black,
    Grey,
    PaleBlue,
    Beige,
}

/// <summary>Where the only shape of a picture stands: the 3 × 3 places, row by row.</summary>
internal enum ShapePosition
{
    TopLeft,
    Top,
    TopRight,
    Left,
    Center,
    Right,
    BottomLeft,
    Bottom,
    BottomRight,
}

/// <summary>How the first of two shapes stands to the second.</summary>
internal enum ShapeRelation
{
    LeftOf,
    RightOf,
    Above,
    Below,
}
