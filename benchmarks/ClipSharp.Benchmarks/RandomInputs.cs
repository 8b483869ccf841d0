using ClipSharp.Images;
using ClipSharp.Models;
using ClipSharp.Text;

namespace ClipSharp.Benchmarks;

/// <summary>Noise for pictures, random ids of full length for texts.</summary>
internal static class RandomInputs
{
    public static (PixelBatch Pixels, TokenBatch Tokens) Of(ModelConfig config, int batch)
    {
        var random = new RandomStream(0, RandomPurpose.Synthesis);
        var size = config.Vision.ImageSize;
        var pixels = new byte[batch * 3 * size.Area];
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (byte)random.NextUInt32();
        }

        var length = config.Text.ContextLength;
        var ids = new int[batch * length];
        for (var i = 0; i < ids.Length; i++)
        {
            ids[i] = random.NextInt32(config.Text.VocabSize - 1);
        }

        for (var row = 0; row < batch; row++)
        {
            ids[((row + 1) * length) - 1] = config.Text.VocabSize - 1;
        }

        return (new PixelBatch(pixels, size), new TokenBatch(ids, length, [.. Enumerable.Repeat(length - 1, batch)]));
    }
}
