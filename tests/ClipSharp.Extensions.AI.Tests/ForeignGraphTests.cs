using ClipSharp.Models;
using ClipSharp.Onnx;
using ClipSharp.Torch;
using Microsoft.Extensions.AI;

namespace ClipSharp.Extensions.AI.Tests;

/// <summary>ONNX graphs as others publish them, behind the generator.</summary>
public sealed class ForeignGraphTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(null)]
    [InlineData("model.onnx")]
    public async Task Words_and_pictures_become_the_vectors_that_libtorch_gives(string? file)
    {
        var words = ReferenceModels.WriteWords(_folder);
        using var theirs = new ClipEmbeddingGenerator(OnnxClip.Load(SharedFiles.Fixture("vit-tiny/onnx_export"),
            choice: new OnnxChoice { File = file, Tokenizer = words }), "theirs");
        using var ours = new ClipEmbeddingGenerator(TorchClip.Load(ModelFiles.Open(SharedFiles.Fixture("vit-tiny/huggingface"),
            new ModelOverrides { Tokenizer = words }), "cpu", "fp32"), "ours");

        AssertEqual(await Texts(ours), await Texts(theirs));
        AssertEqual(await Pictures(ours), await Pictures(theirs));

        static void AssertEqual(GeneratedEmbeddings<Embedding<float>> want, GeneratedEmbeddings<Embedding<float>> got)
        {
            Assert.Equal(want.Count, got.Count);
            Assert.All(want.SelectMany(each => each.Vector.ToArray()).Zip(got.SelectMany(each => each.Vector.ToArray())),
                pair => Assert.Equal(pair.First, pair.Second, 1e-4f));
        }

        static Task<GeneratedEmbeddings<Embedding<float>>> Texts(IEmbeddingGenerator<string, Embedding<float>> generator) =>
            generator.GenerateAsync(["a red square", "blue", "a photo of a dog"],
                cancellationToken: TestContext.Current.CancellationToken);

        static Task<GeneratedEmbeddings<Embedding<float>>> Pictures(
            IEmbeddingGenerator<DataContent, Embedding<float>> generator) =>
            generator.GenerateAsync(Enumerable.Range(0, 3).Select(i => new DataContent(ColourPictures.Png(i), "image/png")),
                cancellationToken: TestContext.Current.CancellationToken);
    }
}
