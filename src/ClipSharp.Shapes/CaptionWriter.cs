using System.Text;
using ClipSharp.Shapes.Scenes;

namespace ClipSharp.Shapes;

/// <summary>Says a scene in words: a small grammar with synonyms, different frames and different attributes left out. All that is
/// said is true.</summary>
internal static class CaptionWriter
{
    private static readonly string[] Frames =
        ["", "a picture of ", "a photo of ", "an image of ", "a drawing of ", "there is ", "this is "];

    /// <summary>Three to five captions, all different. The first names texture, colour and outline of every shape.</summary>
    /// <param name="scene">The scene.</param>
    /// <param name="isComplete">Whether each caption names every attribute (for retrieval, where a picture must be found by it);
    /// otherwise some are left out.</param>
    /// <param name="random">The stream.</param>
    public static IReadOnlyList<string> Write(Scene scene, bool isComplete, ref RandomStream random)
    {
        var count = 3 + random.NextInt32(3);
        var captions = new List<string>(count);
        while (captions.Count < count)
        {
            var caption = Caption(scene, isComplete, namesKinds: captions.Count == 0 || random.NextBool(0.3), ref random);
            if (!captions.Contains(caption))
            {
                captions.Add(caption);
            }
        }

        return captions;
    }

    private static string Caption(Scene scene, bool isComplete, bool namesKinds, ref RandomStream random)
    {
        isComplete |= random.NextBool(0.05);
        namesKinds |= isComplete;
        var text = new StringBuilder(Frames[random.NextInt32(Frames.Length)]);
        if (scene.Relation is { } relation)
        {
            AppendPair(text, scene, relation, isComplete, namesKinds, ref random);
        }
        else
        {
            AppendShape(text, scene.Shapes[0], isComplete, namesKinds, ref random);
            if (isComplete || random.NextBool(0.12))
            {
                text.Append(' ').Append(Pick(Words.Of(scene.Position!.Value), ref random));
            }
        }

        // Seldom: a batch is told apart by place and ground before a model has learnt outlines.
        if (isComplete || random.NextBool(0.12))
        {
            var ground = Pick(Words.Of(scene.Background), ref random);
            text.Append(random.NextInt32(3) switch
            {
                0 => $" on {ground}",
                1 => $" on a {ground} background",
                _ => $" against a {ground} background",
            });
        }

        return text.ToString();
    }

    private static void AppendPair(
        StringBuilder text, Scene scene, ShapeRelation relation, bool isComplete, bool namesKinds, ref RandomStream random)
    {
        var (first, second) = (scene.Shapes[0], scene.Shapes[1]);
        if (random.NextBool(0.5))
        {
            (first, second, relation) = (second, first, Inverse(relation));
        }

        AppendShape(text, first, isComplete, namesKinds, ref random);
        if (!namesKinds && random.NextBool(0.15))
        {
            return; // only one of the two is spoken of
        }

        var joint = isComplete || random.NextBool(0.75) ? Pick(Words.Of(relation), ref random) : "and";
        text.Append(' ').Append(joint).Append(' ');
        AppendShape(text, second, isComplete, namesKinds, ref random);
    }

    // "a small striped red star", "a star with stripes", "a red shape": two at least of texture, colour and outline.
    private static void AppendShape(
        StringBuilder text, SceneShape shape, bool isComplete, bool namesKind, ref RandomStream random)
    {
        var namesTexture = namesKind || random.NextBool(0.7);
        var namesColor = namesKind || !namesTexture || random.NextBool(0.8);
        var namesOutline = namesKind || !namesTexture || !namesColor || random.NextBool(0.95);

        var words = new List<string>(5);
        var endings = Words.EndingOf(shape.Kind.Texture);
        var ending = namesTexture && endings.Length > 0 && random.NextBool(0.25) ? Pick(endings, ref random) : null;
        if (namesTexture && ending is null)
        {
            words.Add(Pick(Words.Of(shape.Kind.Texture), ref random));
        }

        if (namesColor)
        {
            words.Insert(random.NextBool(0.8) ? words.Count : 0, Pick(Words.Of(shape.Kind.Color), ref random));
        }

        if (isComplete || random.NextBool(0.15))
        {
            words.Insert(0, Pick(Words.Of(shape.Size), ref random));
        }

        words.Add(namesOutline ? Pick(Words.Of(shape.Kind.Outline), ref random) : "shape");
        text.Append("aeiou".Contains(words[0][0], StringComparison.Ordinal) ? "an " : "a ").AppendJoin(' ', words);
        if (ending is not null)
        {
            text.Append(' ').Append(ending);
        }
    }

    private static ShapeRelation Inverse(ShapeRelation relation) => relation switch
    {
        ShapeRelation.LeftOf => ShapeRelation.RightOf,
        ShapeRelation.RightOf => ShapeRelation.LeftOf,
        ShapeRelation.Above => ShapeRelation.Below,
        _ => ShapeRelation.Above,
    };

    // The name most times, else a synonym.
    private static string Pick(ReadOnlySpan<string> words, ref RandomStream random) =>
        words.Length == 1 || random.NextBool(0.75) ? words[0] : words[1 + random.NextInt32(words.Length - 1)];
}
