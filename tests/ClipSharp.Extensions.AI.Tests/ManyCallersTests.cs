using ClipSharp.Images;
using ClipSharp.Models;
using ClipSharp.Text;
using ClipSharp.Torch;
using Microsoft.Extensions.AI;

namespace ClipSharp.Extensions.AI.Tests;

/// <summary>Many callers of one model on libtorch.</summary>
public sealed class ManyCallersTests
{
    private const int Callers = 64;
    private const int CallsEach = 53; // with three models 10,176 calls

    private static readonly DataContent[] Pictures =
        [.. Enumerable.Range(0, 24).Select(i => new DataContent(ColourPictures.Png(i % 3, i), "image/png"))];

    private static readonly string[] Texts =
        [.. Enumerable.Range(0, 24).Select(i => string.Join(' ', Enumerable.Repeat("a red", i)))];

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("vit-tiny/open_clip", false)] // fewer tokens than any tokenizer of bytes has
    [InlineData("rn-tiny/open_clip", false)]
    [InlineData("a drawn ResNet", true)]
    public async Task Each_of_64_callers_gets_the_vector_that_it_would_get_alone(string model, bool hasTokenizer)
    {
        using var generator = new ClipEmbeddingGenerator(Load(model), "tiny");
        var (pictures, texts) = (new float[24][], new float[24][]);
        for (var i = 0; i < 24; i++) // one after the other: alone
        {
            pictures[i] = await Vector(generator, Pictures[i]);
            texts[i] = hasTokenizer ? await Vector(generator, Texts[i]) : [];
        }

        var farthest = await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
        {
            var most = 0f;
            for (var call = 0; call < CallsEach; call++)
            {
                var i = (caller + (7 * call)) % 24;
                most = Math.Max(most, hasTokenizer && call % 3 == 0
                    ? Distance(texts[i], await Vector(generator, Texts[i]))
                    : Distance(pictures[i], await Vector(generator, Pictures[i])));
            }

            return most;
        }, Now)));

        Assert.InRange(farthest.Max(), 0, 1e-6f);
    }

    [Fact]
    public async Task Disposing_under_64_callers_ends_every_call_in_its_vector_or_in_one_clear_error()
    {
        var generator = new ClipEmbeddingGenerator(Load("a drawn ResNet"), "tiny");
        var alone = await Vector(generator, Pictures[0]);
        var calls = Enumerable.Range(0, Callers * 4).Select(_ => Task.Run(() => Vector(generator, Pictures[0]), Now)).ToList();
        await await Task.WhenAny(calls);

        generator.Dispose();

        foreach (var call in calls)
        {
            try
            {
                Assert.InRange(Distance(alone, await call), 0, 1e-6f);
            }
            catch (ObjectDisposedException error)
            {
                Assert.Contains("The model was disposed before this call was computed.", error.Message, StringComparison.Ordinal);
            }
        }

        await Assert.ThrowsAsync<ObjectDisposedException>(() => Vector(generator, Pictures[0]));
        generator.Dispose();
    }

    private static async Task<float[]> Vector<T>(IEmbeddingGenerator<T, Embedding<float>> generator, T value) =>
        (await generator.GenerateAsync([value], cancellationToken: Now))[0].Vector.ToArray();

    private static float Distance(float[] a, float[] b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Max();

    private static Clip Load(string model)
    {
        var tokenizer = BpeTokenizer.Load(SharedFiles.Fixture("tokenizer-small"));
        if (model.Contains('/', StringComparison.Ordinal))
        {
            var files = ModelFiles.Open(SharedFiles.Fixture(model));
            return new Clip(TorchEncoder.Load(files, precision: "fp32"), tokenizer, files.Config, files.Preprocess, () => model);
        }

        var config = new ModelConfig
        {
            EmbedDim = 16,
            Vision = new VisionConfig { Layers = [1, 1, 1, 1], Width = 4, ImageSize = 64, HeadWidth = 64 },
            Text = new TextConfig { ContextLength = 16, VocabSize = 1536, Width = 32, Heads = 2, Layers = 1 },
        };
        return new Clip(new TorchEncoder(ClipModel.Create(config, seed: 1), Precision.Parse("fp32"), ownsModel: true), tokenizer,
            config, new PreprocessConfig(), () => model);
    }
}
