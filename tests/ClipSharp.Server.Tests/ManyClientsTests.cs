using ClipSharp.Models;
using ClipSharp.Torch;
using SkiaSharp;

namespace ClipSharp.Server.Tests;

/// <summary>Each caller gets the vectors of its own pictures, however many there are.</summary>
public sealed class ManyClientsTests : IDisposable
{
    private const int Pictures = 200, Clients = 16;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Alone_in_batches_and_from_16_clients_a_picture_has_one_vector()
    {
        TinyModel.Write(_folder["model"]);
        await using var server = await RunningServer.StartAsync(
            () => TorchClip.Load(ModelFiles.Open(_folder["model"]), "cpu", "fp32"));
        var pictures = Enumerable.Range(0, Pictures).Select(Picture).ToArray();
        var alone = new float[Pictures][];
        for (var i = 0; i < Pictures; i++)
        {
            alone[i] = (await EncodeAsync(server, [pictures[i]]))[0];
        }

        // Different enough that a vector of another picture would be seen.
        Assert.True(alone.Zip(alone.Skip(1), Distance).Min() > 1e-5f);

        foreach (var batch in Enumerable.Range(0, Pictures).Chunk(64))
        {
            var vectors = await EncodeAsync(server, [.. batch.Select(i => pictures[i])]);
            Assert.All(batch.Index(), at => Assert.InRange(Distance(alone[at.Item], vectors[at.Index]), 0, 1e-6f));
        }

        var farthest = await Task.WhenAll(Enumerable.Range(0, Clients).Select(client => Task.Run(async () =>
        {
            var most = 0f;
            for (var i = client; i < Pictures + client; i += 1 + (client % 3))
            {
                var (first, second) = (i % Pictures, (7 * i) % Pictures);
                var vectors = await EncodeAsync(server, [pictures[first], pictures[second]]);
                most = Math.Max(most, Math.Max(Distance(alone[first], vectors[0]), Distance(alone[second], vectors[1])));
            }

            return most;
        }, TestContext.Current.CancellationToken)));
        Assert.InRange(farthest.Max(), 0, 1e-6f);
    }

    private static async Task<float[][]> EncodeAsync(RunningServer server, string[] pictures) => RunningServer.Vectors(
        await server.AnswerAsync("/v1/embeddings",
            $$"""{"input": [{{string.Join(", ", pictures.Select(picture => $"{{\"image\": \"{picture}\"}}"))}}]}"""));

    private static float Distance(float[] a, float[] b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Max();

    // Two halves of colours that no other has.
    private static string Picture(int number)
    {
        using var bitmap = new SKBitmap(20, 20);
        bitmap.Erase(new SKColor((byte)(37 * number), (byte)(255 - number), (byte)(91 * number)));
        for (var y = 0; y < 10; y++)
        {
            for (var x = 0; x < 20; x++)
            {
                bitmap.SetPixel(x, y, new SKColor((byte)(53 * number), (byte)(29 * number), (byte)number));
            }
        }

        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return Convert.ToBase64String(data.Span);
    }
}
