
namespace ClipSharp.Shapes.Scenes;

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
