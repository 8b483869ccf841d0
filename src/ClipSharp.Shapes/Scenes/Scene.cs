
namespace ClipSharp.Shapes.Scenes;

/// <summary>What a picture shows: all that its captions and its pixels are made of.</summary>
/// <param name="Background">The named ground.</param>
/// <param name="Ground">Its two tones; the picture fades from the first to the second.</param>
/// <param name="FadeAngle">Radians: the direction of the fade.</param>
/// <param name="Shapes">One shape, or two that do not touch.</param>
/// <param name="Position">Where the only shape stands; null for two.</param>
/// <param name="Relation">How the first of two stands to the second; null for one.</param>
internal sealed record Scene(
    Background Background, (Rgb From, Rgb To) Ground, double FadeAngle,
    IReadOnlyList<SceneShape> Shapes, ShapePosition? Position, ShapeRelation? Relation);

/// <summary>A shape in its place. Lengths are shares of the picture's side, from the top left; angles are radians.</summary>
/// <param name="Kind">Texture, colour and outline.</param>
/// <param name="Size">Small or large.</param>
/// <param name="X">The centre, from the left.</param>
/// <param name="Y">The centre, from the top.</param>
/// <param name="Radius">Half its width.</param>
/// <param name="Rotation">A little, clockwise.</param>
/// <param name="Fill">Its colour in this picture.</param>
/// <param name="Mark">The colour of stripes, dots and checks.</param>
/// <param name="MarkAngle">The direction of stripes, dots and checks.</param>
/// <param name="MarkPeriod">From one stripe, dot or dark check to the next, in radii.</param>
/// <param name="MarkShift">Where the pattern begins, 0 to 1 of a period, both ways.</param>
internal sealed record SceneShape(
    Combination Kind, ShapeSize Size, double X, double Y, double Radius, double Rotation, Rgb Fill, Rgb Mark,
    double MarkAngle, double MarkPeriod, (double X, double Y) MarkShift);
