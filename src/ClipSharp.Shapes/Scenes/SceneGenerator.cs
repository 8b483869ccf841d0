
namespace ClipSharp.Shapes.Scenes;

/// <summary>Draws scenes by chance. A scene is a pure function of the random stream it is given.</summary>
/// <param name="combinations">The combinations that may occur.</param>
internal sealed class SceneGenerator(IReadOnlyList<Combination> combinations)
{
    private const double MaxRotation = 0.17; // 10°: a square stays a square beside a diamond
    private const double MaxLean = 0.35;     // 20°, of stripes within their shape

    private static readonly Rgb White = new(255, 255, 255);
    private static readonly Rgb Black = new(0, 0, 0);

    private static readonly Rgb[] Colors =
    [
        new(214, 36, 40), new(247, 130, 20), new(248, 218, 45), new(44, 156, 62), new(40, 200, 220), new(42, 84, 222),
        new(136, 50, 178), new(248, 132, 186), new(132, 78, 40),
    ];

    private static readonly Rgb[] Grounds =
        [new(248, 248, 248), new(14, 14, 14), new(146, 146, 146), new(196, 220, 242), new(232, 220, 190)];

    /// <summary>A picture of one shape.</summary>
    public static Scene Single(Combination kind, ref RandomStream random)
    {
        var position = (ShapePosition)random.NextInt32(9);
        var size = (ShapeSize)random.NextInt32(2);
        var (low, high, step) = size == ShapeSize.Small ? (0.29, 0.32, 0.14) : (0.35, 0.38, 0.085);
        var x = 0.5 + (step * (((int)position % 3) - 1)) + random.NextDouble(-0.01, 0.01);
        var y = 0.5 + (step * (((int)position / 3) - 1)) + random.NextDouble(-0.01, 0.01);
        return Compose([Shape(kind, size, x, y, random.NextDouble(low, high), ref random)], position, null, ref random);
    }

    /// <summary>A picture of one shape, or of two that differ in colour or outline.</summary>
    /// <param name="pairProb">How often it is two, 0 to 1.</param>
    /// <param name="random">The stream.</param>
    public Scene Any(double pairProb, ref RandomStream random)
    {
        var first = combinations[random.NextInt32(combinations.Count)];
        if (!random.NextBool(pairProb))
        {
            return Single(first, ref random);
        }

        Combination second;
        do
        {
            second = combinations[random.NextInt32(combinations.Count)];
        }
        while (second.Color == first.Color && second.Outline == first.Outline);

        var relation = (ShapeRelation)random.NextInt32(4);
        var shapes = new SceneShape[2];
        for (var i = 0; i < 2; i++)
        {
            var along = (i == 0) == (relation is ShapeRelation.LeftOf or ShapeRelation.Above) ? 0.25 : 0.75;
            var size = (ShapeSize)random.NextInt32(2);
            var radius = size == ShapeSize.Small ? random.NextDouble(0.14, 0.165) : random.NextDouble(0.2, 0.22);
            along += random.NextDouble(-0.01, 0.01);
            var across = 0.5 + random.NextDouble(-0.12, 0.12);
            var isBeside = relation is ShapeRelation.LeftOf or ShapeRelation.RightOf;
            shapes[i] = Shape(i == 0 ? first : second, size, isBeside ? along : across, isBeside ? across : along, radius,
                ref random);
        }

        return Compose(shapes, null, relation, ref random);
    }

    private static Scene Compose(
        IReadOnlyList<SceneShape> shapes, ShapePosition? position, ShapeRelation? relation, ref RandomStream random)
    {
        var background = (Background)random.NextInt32(Grounds.Length);
        var ground = Grounds[(int)background];
        return new Scene(background, (ground.Jittered(ref random, 0.03, 5), ground.Jittered(ref random, 0.03, 5)),
            random.NextDouble(0, 2 * Math.PI), shapes, position, relation);
    }

    private static SceneShape Shape(Combination kind, ShapeSize size, double x, double y, double radius, ref RandomStream random)
    {
        var fill = Colors[(int)kind.Color].Jittered(ref random, 0.06, 9);

        // Marks are pale or deep, whichever can be seen on the fill.
        var isPale = fill.Luma < 0.32 || (fill.Luma < 0.6 && random.NextBool(0.5));
        var mark = isPale ? fill.Mixed(White, random.NextDouble(0.72, 0.9)) : fill.Mixed(Black, random.NextDouble(0.6, 0.8));

        var rotation = random.NextDouble(-MaxRotation, MaxRotation);
        // Stripes that lean a little are told from rows of dots at 32 pixels; stripes in all directions were taken for dots in 8
        // of 100 pictures.
        var markAngle = kind.Texture == ShapeTexture.Striped
            ? random.NextDouble(-MaxLean, MaxLean)
            : random.NextDouble(-Math.PI / 4, Math.PI / 4);
        return new SceneShape(kind, size, x, y, radius, rotation, fill, mark, markAngle, random.NextDouble(0.64, 0.78),
            (random.NextDouble(), random.NextDouble()));
    }
}
