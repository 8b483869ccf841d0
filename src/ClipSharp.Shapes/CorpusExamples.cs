using System.Globalization;
using ClipSharp.Files;
using ClipSharp.Shapes.Scenes;

namespace ClipSharp.Shapes;

/// <summary>A picture file with what it shows.</summary>
/// <param name="Path">The file.</param>
/// <param name="Shown">The combination it shows.</param>
internal sealed record CorpusExample(string Path, Combination Shown);

/// <summary>Pictures of the held-out split as files that a person can open: the same scenes, drawn as large as one likes, each
/// with its captions in a <c>.txt</c> beside it.</summary>
internal static class CorpusExamples
{
    /// <summary>Writes the first pictures of the held-out split. Names are numbers and combinations, such as
    /// <c>00-plain-brown-heart.png</c>.</summary>
    /// <param name="folder">Where they shall stand; it must not exist yet and appears whole or not at all.</param>
    /// <param name="options">The corpus.</param>
    /// <param name="count">How many.</param>
    /// <param name="imageSize">Pixels of width and height.</param>
    /// <exception cref="ClipException">The folder exists or cannot be written.</exception>
    public static void Write(string folder, CorpusOptions options, int count, int imageSize)
    {
        ArgumentNullException.ThrowIfNull(options);
        var corpus = new Corpus(options.Seed, options.PairProb);
        using var renderer = new SceneRenderer(imageSize);
        AtomicFolder.Write(folder, part =>
        {
            foreach (var (index, example) in Of(part, corpus.HeldOut, count).Index())
            {
                var (scene, captions) = corpus.Sample(CorpusSplit.Heldout, index);
                AtomicFile.Write(example.Path, stream => stream.Write(renderer.Render(scene)));
                AtomicFile.WriteText(Path.ChangeExtension(example.Path, ".txt"), string.Join('\n', captions) + "\n");
            }
        });
    }

    /// <summary>The pictures that <see cref="Write"/> has written there.</summary>
    /// <param name="folder">Where they stand.</param>
    /// <param name="options">The corpus.</param>
    /// <param name="count">How many.</param>
    public static IReadOnlyList<CorpusExample> In(string folder, CorpusOptions options, int count)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Of(folder, HeldOutDesign.Choose(options.Seed), count);
    }

    private static List<CorpusExample> Of(string folder, IReadOnlyList<Combination> heldOut, int count) =>
    [
        .. from index in Enumerable.Range(0, count)
           let shown = heldOut[index % heldOut.Count]
           let name = string.Create(CultureInfo.InvariantCulture, $"{index:D2}-{shown.Name.Replace(' ', '-')}.png")
           select new CorpusExample(Path.Combine(folder, name), shown),
    ];
}
