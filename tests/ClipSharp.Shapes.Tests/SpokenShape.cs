using System.Text.RegularExpressions;
using ClipSharp.Shapes.Scenes;

namespace ClipSharp.Shapes.Tests;

/// <summary>What a caption says of one shape; null where it says nothing.</summary>
internal sealed record SpokenShape(ShapeTexture? Texture, ShapeColor? Color, ShapeOutline? Outline, ShapeSize? Size)
{
    private static readonly Dictionary<string, object> Meanings = Lexicon(
        (ShapeTexture.Plain, "plain solid"), (ShapeTexture.Striped, "striped stripes"),
        (ShapeTexture.Dotted, "dotted spotted dots spots"),
        (ShapeColor.Red, "red"), (ShapeColor.Orange, "orange"), (ShapeColor.Yellow, "yellow"), (ShapeColor.Green, "green"),
        (ShapeColor.Cyan, "cyan turquoise"), (ShapeColor.Blue, "blue"), (ShapeColor.Purple, "purple violet"),
        (ShapeColor.Pink, "pink"), (ShapeColor.Brown, "brown"),
        (ShapeOutline.Circle, "circle disc"), (ShapeOutline.Square, "square"), (ShapeOutline.Triangle, "triangle"),
        (ShapeOutline.Star, "star"), (ShapeOutline.Heart, "heart"), (ShapeOutline.Ring, "ring"), (ShapeOutline.Cross, "cross"),
        (ShapeSize.Small, "small little"), (ShapeSize.Large, "large big"));

    private static readonly string[] Silent = ["a", "an", "with", "pattern", "shape"];

    /// <summary>The meaning of "a small red star with dots"; null when a word is unknown or an attribute is said twice.</summary>
    public static SpokenShape? Parse(string phrase)
    {
        var said = new Dictionary<Type, object>();
        foreach (var word in phrase.Split(' ').Where(w => !Silent.Contains(w)))
        {
            if (!Meanings.TryGetValue(word, out var meaning) || !said.TryAdd(meaning.GetType(), meaning))
            {
                return null;
            }
        }

        return new SpokenShape(Get<ShapeTexture>(), Get<ShapeColor>(), Get<ShapeOutline>(), Get<ShapeSize>());

        T? Get<T>() where T : struct => said.TryGetValue(typeof(T), out var value) ? (T)value : null;
    }

    public bool IsTrueOf(SceneShape shape, bool isAlone) =>
        (Texture is null || Texture == shape.Kind.Texture)
        && (Color is null || Color == shape.Kind.Color)
        && (Outline is null || Outline == shape.Kind.Outline)
        && (Size is null || Size == (shape.Radius < (isAlone ? 0.335 : 0.18) ? ShapeSize.Small : ShapeSize.Large));

    public bool Allows(Combination kind) => Texture == kind.Texture && Color == kind.Color && Outline == kind.Outline;

    private static Dictionary<string, object> Lexicon(params (object Meaning, string Words)[] entries) =>
        entries.SelectMany(e => e.Words.Split(' ').Select(word => (word, e.Meaning))).ToDictionary(e => e.word, e => e.Meaning);
}

/// <summary>A caption taken apart by rules that know nothing of how it was written.</summary>
internal sealed partial record SpokenScene(IReadOnlyList<SpokenShape> Shapes, string? Joint, string? Place, string? Ground)
{
    public static SpokenScene? Parse(string caption)
    {
        var match = Caption().Match(caption);
        if (!match.Success)
        {
            return null;
        }

        var shapes = new[] { match.Groups["first"], match.Groups["second"] }.Where(g => g.Success)
            .Select(g => SpokenShape.Parse(g.Value)).ToList();
        return shapes.Contains(null) ? null : new SpokenScene(shapes!, Value("joint"), Value("place"), Value("ground"));

        string? Value(string name) => match.Groups[name].Success ? match.Groups[name].Value : null;
    }

    /// <summary>Whether the scene is as the caption says, judged by the geometry and not by the scene's names for it.</summary>
    public bool IsTrueOf(Scene scene)
    {
        var isAlone = scene.Shapes.Count == 1;
        var ground = Ground is null || Ground.Replace("gray", "grey", StringComparison.Ordinal) == scene.Background switch
        {
            Background.White => "white",
            Background.Black => "black",
            Background.Grey => "grey",
            Background.PaleBlue => "pale blue",
            _ => "beige",
        };
        if (!ground || (Place is not null && !(isAlone && Stands(scene.Shapes[0]))))
        {
            return false;
        }

        return scene.Shapes.Any(a => Shapes[0].IsTrueOf(a, isAlone)
            && (Shapes.Count == 1 || scene.Shapes.Any(b => b != a && Shapes[1].IsTrueOf(b, isAlone) && Relates(a, b))));
    }

    private bool Stands(SceneShape shape) =>
        (Side(shape.X), Side(shape.Y)) == (
            Place!.Contains("left", StringComparison.Ordinal) ? -1 : Place.Contains("right", StringComparison.Ordinal) ? 1 : 0,
            Place.Contains("top", StringComparison.Ordinal) || Place.Contains("upper", StringComparison.Ordinal) ? -1
            : Place.Contains("bottom", StringComparison.Ordinal) || Place.Contains("lower", StringComparison.Ordinal) ? 1 : 0);

    // A shape alone fills most of the picture: a fourteenth off the middle leaves a fifth of it on one side and next to nothing
    // on the other.
    private static int Side(double where) => where < 0.43 ? -1 : where > 0.57 ? 1 : 0;

    private bool Relates(SceneShape a, SceneShape b)
    {
        const double Clear = 0.3;
        return Joint switch
        {
            "and" => true,
            "above" => b.Y - a.Y > Clear,
            "below" or "under" => a.Y - b.Y > Clear,
            var side when side!.EndsWith("left of", StringComparison.Ordinal) => b.X - a.X > Clear,
            _ => a.X - b.X > Clear,
        };
    }

    [GeneratedRegex("""
        ^(?:a\ (?:picture|photo|drawing)\ of\ |an\ image\ of\ |there\ is\ |this\ is\ )?
        (?<first>an?\ .+?)
        (?:\ (?<joint>(?:to\ the\ )?(?:left|right)\ of|above|below|under|and)\ (?<second>an?\ .+?))?
        (?:\ (?<place>in\ the\ (?:centre|middle|top\ left|top\ right|bottom\ left|bottom\ right|(?:upper|lower)\ (?:left|right)\ corner)
            |at\ the\ (?:top|bottom)|on\ the\ (?:left|right)))?
        (?:\ (?:on|(?:on|against)\ a)\ (?<ground>white|black|grey|gray|pale\ blue|beige)(?:\ background)?)?$
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.ExplicitCapture)]
    private static partial Regex Caption();
}
