using ClipSharp.Models;
using ClipSharp.Torch;
using SkiaSharp;

namespace ClipSharp.Server.Tests;

/// <summary>Each caller gets the vectors of its own pictures, however many there are.</summary>
public sealed class ManyClientsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public Task Alone_in_batches_and_from_16_clients_a_picture_has_one_vector() => CompareAsync(pictureCount: 200, clients: 16);

    [Fact(Explicit = true)]
    [Trait("Category", "Long")]
    public Task A_thousand_alone_in_batches_and_from_64_clients_have_one_vector_each() =>
        CompareAsync(pictureCount: 1000, clients: 64);

    private async Task CompareAsync(int pictureCount, int clients)
    {
        TinyModel.Write(_folder["model"]);
        await using var server = await RunningServer.StartAsync(
            () => TorchClip.Load(ModelFiles.Open(_folder["model"]), "cpu", "fp32"));
        var pictures = Enumerable.Range(0, pictureCount).Select(Picture).ToArray();
        var alone = new float[pictureCount][];
        for (var i = 0; i < pictureCount; i++)
        {
            alone[i] = (await EncodeAsync(server, [pictures[i]]))[0];
        }

        // Different enough that a vector of another picture would be seen.
        var nearest = Enumerable.Range(1, pictureCount - 1).Min(i => alone.Take(i).Min(other => Distance(other, alone[i])));
        Assert.True(nearest > 1e-5f, $"{nearest}");

        var inBatches = 0f;
        foreach (var batch in Enumerable.Range(0, pictureCount).Chunk(64))
        {
            var vectors = await EncodeAsync(server, [.. batch.Select(i => pictures[i])]);
            inBatches = Math.Max(inBatches, batch.Zip(vectors, (i, vector) => Distance(alone[i], vector)).Max());
        }

        Assert.InRange(inBatches, 0, 1e-6f);

        var stride = clients / 16; // the more clients, the fewer pictures each: all are asked for several times
        var farthest = await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(async () =>
        {
            var most = 0f;
            for (var i = client; i < pictureCount + client; i += stride + (client % 3))
            {
                var (first, second) = (i % pictureCount, (7 * i) % pictureCount);
                var vectors = await EncodeAsync(server, [pictures[first], pictures[second]]);
                most = Math.Max(most, Math.Max(Distance(alone[first], vectors[0]), Distance(alone[second], vectors[1])));
            }

            return most;
        }, TestContext.Current.CancellationToken)));
        Assert.InRange(farthest.Max(), 0, 1e-6f);
        TestContext.Current.SendDiagnosticMessage(FormattableString.Invariant(
            $"farthest in batches {inBatches:0.0e0}, from {clients} clients {farthest.Max():0.0e0}; nearest of two pictures {nearest:0.0e0}"));
    }

    private static async Task<float[][]> EncodeAsync(RunningServer server, string[] pictures) => RunningServer.Vectors(
        await server.AnswerAsync("/v1/embeddings",
            $$"""{"input": [{{string.Join(", ", pictures.Select(picture => $"{{\"image\": \"{picture}\"}}"))}}]}"""));

    private static float Distance(float[] a, float[] b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Max();

    // Two halves, one with a stripe, of colours that no other has.
    private static string Picture(int number)
    {
        using var bitmap = new SKBitmap(20, 20);
        bitmap.Erase(new SKColor((byte)(37 * number), (byte)(255 - number), (byte)(91 * number)));
        for (var y = 0; y < 10; y++)
        {
            for (var x = 0; x < 20; x++)
            {
                bitmap.SetPixel(x, y, x < 5 ? new SKColor((byte)(60 * (number >> 8)), 0, 0)
                    : new SKColor((byte)(53 * number), (byte)(29 * number), (byte)number));
            }
        }

        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return Convert.ToBase64String(data.Span);
    }
}
