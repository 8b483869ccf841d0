using ClipSharp.Shapes.Scenes;
using SkiaSharp;

namespace ClipSharp.Shapes.Tests;

public sealed class CorpusTests
{
    private const int Samples = 6_000;

    private static readonly Corpus Corpus = new(0, 0.2);
    private static readonly List<(Scene Scene, IReadOnlyList<string> Captions)> Train =
        [.. Enumerable.Range(0, Samples).Select(i => Corpus.Sample(CorpusSplit.Train, i))];

    [Theory]
    [InlineData((int)CorpusSplit.Train)]
    [InlineData((int)CorpusSplit.Val)]
    [InlineData((int)CorpusSplit.Heldout)]
    public void Every_caption_can_be_understood_and_is_true(int split)
    {
        for (var i = 0; i < 3_000; i++)
        {
            var (scene, captions) = Corpus.Sample((CorpusSplit)split, i);
            Assert.InRange(captions.Count, 3, 5);
            Assert.Equal(captions.Count, captions.Distinct().Count());
            foreach (var caption in captions)
            {
                var spoken = SpokenScene.Parse(caption);
                Assert.True(spoken is not null, $"not understood: {caption}");
                Assert.True(spoken.IsTrueOf(scene), $"not true of sample {i}: {caption}");
            }
        }
    }

    [Fact]
    public void No_training_picture_and_no_training_caption_shows_a_held_out_combination()
    {
        var heldOut = Corpus.HeldOut.ToHashSet();
        Assert.Equal(18, heldOut.Count);
        foreach (var (scene, captions) in Train)
        {
            Assert.DoesNotContain(scene.Shapes, s => heldOut.Contains(s.Kind));
            var spoken = captions.SelectMany(c => SpokenScene.Parse(c)!.Shapes);
            Assert.DoesNotContain(spoken, s => heldOut.Any(s.Allows));
        }
    }

    [Fact]
    public void Held_out_pictures_show_each_held_out_combination_alone_and_equally_often()
    {
        var shown = Enumerable.Range(0, 180).Select(i => Assert.Single(Corpus.Sample(CorpusSplit.Heldout, i).Scene.Shapes).Kind);

        var counts = shown.CountBy(kind => kind).ToList();
        Assert.Equal(Corpus.HeldOut, counts.Select(c => c.Key));
        Assert.All(counts, c => Assert.Equal(10, c.Value));
    }

    [Fact]
    public void Training_shows_every_other_combination_and_every_attribute_of_a_scene()
    {
        var shapes = Train.SelectMany(t => t.Scene.Shapes).ToList();
        Assert.Equal(Combination.Count - Corpus.HeldOut.Count, shapes.Select(s => s.Kind).Distinct().Count());
        Assert.Equal(2, shapes.Select(s => s.Size).Distinct().Count());
        Assert.Equal(5, Train.Select(t => t.Scene.Background).Distinct().Count());
        Assert.Equal(9, Train.Select(t => t.Scene.Position).OfType<ShapePosition>().Distinct().Count());
        Assert.Equal(4, Train.Select(t => t.Scene.Relation).OfType<ShapeRelation>().Distinct().Count());
    }

    [Fact]
    public void A_first_caption_names_every_shape_and_some_captions_leave_attributes_out()
    {
        foreach (var (scene, captions) in Train)
        {
            var first = SpokenScene.Parse(captions[0])!.Shapes;
            Assert.Equal(scene.Shapes.Count, first.Count);
            Assert.All(first, s => Assert.False(s.Texture is null || s.Color is null || s.Outline is null));
        }

        var later = Train.SelectMany(t => t.Captions.Skip(1)).Select(c => SpokenScene.Parse(c)!.Shapes[0]).ToList();
        foreach (var share in new[] { later.Count(s => s.Texture is null), later.Count(s => s.Color is null),
            later.Count(s => s.Outline is null) })
        {
            Assert.InRange((double)share / later.Count, 0.01, 0.4);
        }
    }

    [Fact]
    public void A_retrieval_caption_names_all_that_tells_its_picture_from_others()
    {
        for (var i = 0; i < 500; i++)
        {
            var (scene, captions) = Corpus.Sample(CorpusSplit.Val, i);
            Assert.DoesNotContain(scene.Shapes, s => Corpus.HeldOut.Contains(s.Kind));
            foreach (var spoken in captions.Select(c => SpokenScene.Parse(c)!))
            {
                Assert.Equal(scene.Shapes.Count, spoken.Shapes.Count);
                Assert.All(spoken.Shapes,
                    s => Assert.False(s.Texture is null || s.Color is null || s.Outline is null || s.Size is null));
                Assert.NotNull(spoken.Ground);
                Assert.True(spoken.Place is not null || spoken.Joint is not null and not "and");
            }
        }
    }

    [Fact]
    public void Shapes_lie_within_the_picture_and_do_not_touch()
    {
        const double Corner = 1.1; // no outline reaches farther than this from its centre along an axis, in radii
        foreach (var (scene, _) in Train)
        {
            Assert.All(scene.Shapes, s =>
                Assert.InRange(Math.Max(Math.Abs(s.X - 0.5), Math.Abs(s.Y - 0.5)) + (s.Radius * Corner), 0, 0.515));
            if (scene.Shapes is [var a, var b])
            {
                Assert.True(Math.Max(Math.Abs(a.X - b.X), Math.Abs(a.Y - b.Y)) >= (a.Radius + b.Radius) * Corner - 0.01);
            }
        }
    }

    [Fact]
    public void A_plain_shape_has_its_colour_at_the_centre_and_the_ground_around_it()
    {
        using var renderer = new SceneRenderer(64);
        var plain = Train.Select(t => t.Scene)
            .Where(s => s.Shapes is [{ Kind: { Texture: ShapeTexture.Plain, Outline: not ShapeOutline.Ring } }]);
        foreach (var scene in plain.Take(200))
        {
            using var picture = SKBitmap.Decode(renderer.Render(scene));
            Assert.Equal((64, 64), (picture.Width, picture.Height));
            var shape = scene.Shapes[0];
            var (fill, center) = (shape.Fill, picture.GetPixel((int)(shape.X * 64), (int)(shape.Y * 64)));
            Assert.Equal((fill.Red, fill.Green, fill.Blue), (center.Red, center.Green, center.Blue));

            // The corner farthest from the shape lies between the two tones of the ground.
            var corner = picture.GetPixel(shape.X < 0.5 ? 63 : 0, shape.Y < 0.5 ? 63 : 0);
            var (from, to) = scene.Ground;
            Assert.InRange(corner.Red, Math.Min(from.Red, to.Red), Math.Max(from.Red, to.Red));
            Assert.InRange(corner.Green, Math.Min(from.Green, to.Green), Math.Max(from.Green, to.Green));
            Assert.InRange(corner.Blue, Math.Min(from.Blue, to.Blue), Math.Max(from.Blue, to.Blue));
        }
    }

    [Fact]
    public void Without_pairs_every_picture_shows_one_shape()
    {
        var single = new Corpus(0, 0);
        Assert.All(Enumerable.Range(0, 1_000), i => Assert.Single(single.Sample(CorpusSplit.Train, i).Scene.Shapes));
        Assert.Contains(Train, t => t.Scene.Shapes.Count == 2);
    }

    [Fact]
    public void Examples_are_the_first_held_out_scenes_as_files_with_their_captions()
    {
        using var folder = new TemporaryFolder();
        CorpusExamples.Write(folder["pictures"], new CorpusOptions(), 20, 48);

        var examples = CorpusExamples.In(folder["pictures"], new CorpusOptions(), 20);
        Assert.Equal(40, Directory.GetFiles(folder["pictures"]).Length);
        foreach (var (i, example) in examples.Index())
        {
            var (scene, captions) = Corpus.Sample(CorpusSplit.Heldout, i);
            Assert.Equal(scene.Shapes[0].Kind, example.Shown);
            Assert.Contains(example.Shown.Name.Replace(' ', '-'), example.Path, StringComparison.Ordinal);
            Assert.Equal(captions, File.ReadAllLines(Path.ChangeExtension(example.Path, ".txt")));
            using var picture = SKBitmap.Decode(example.Path);
            Assert.Equal((48, 48), (picture.Width, picture.Height));
        }
    }

    [Fact]
    public void A_sample_depends_on_seed_split_and_number_alone()
    {
        var again = new Corpus(0, 0.2).Sample(CorpusSplit.Train, 17);
        Assert.Equal(Train[17].Captions, again.Captions);
        Assert.Equal(Train[17].Scene.Shapes, again.Scene.Shapes);
        Assert.NotEqual(Train[17].Captions, new Corpus(1, 0.2).Sample(CorpusSplit.Train, 17).Captions);
        Assert.NotEqual(Train[17].Captions, Corpus.Sample(CorpusSplit.Val, 17).Captions);
    }
}
