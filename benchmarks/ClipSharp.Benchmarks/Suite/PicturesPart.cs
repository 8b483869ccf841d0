using ClipSharp.Data;
using ClipSharp.Data.Index;
using ClipSharp.Data.Sources;
using ClipSharp.Evaluation.Embedding;
using ClipSharp.Images;
using ClipSharp.Images.Decoding;
using ClipSharp.Models;
using ClipSharp.Text;
using ClipSharp.Torch;
using SkiaSharp;

namespace ClipSharp.Benchmarks.Suite;

/// <summary>JPEGs to what a tower reads, 224 x 224, on one core. Ours: decoded, resized as Pillow does (bicubic, every pixel of the
/// picture counts), cropped, bytes in planes. The rival, as one would write it with SkiaSharp: <c>SKBitmap.Decode</c>,
/// <c>Resize</c> by Mitchell's cubic (16 pixels of the picture count, whatever it shrinks: less work than ours, and other bytes),
/// then one pass over the middle that splits and normalises; once more with that pass writing bytes only.</summary>
internal static class PicturesPart
{
    public const string Name = "pictures";

    private const int Side = 224;

    private static readonly float[] Mean = [0.4815f, 0.4578f, 0.4082f];
    private static readonly float[] Deviation = [0.2686f, 0.2613f, 0.2758f];

    public static void Run(SuiteRun run)
    {
        var jpegs = Photographs.Jpegs(run.IsQuick ? 4 : 16);
        var preprocessor = new ImagePreprocessor(new PreprocessConfig(), Side);
        var (bytes, floats) = (new byte[3 * Side * Side], new float[3 * Side * Side]);
        var turns = Turns.Of(run.Rounds, 3,
            () => Each(jpegs, jpeg => preprocessor.Apply(ImageDecoder.Decode(jpeg, "drawn"), bytes)),
            () => Each(jpegs, jpeg => Plain(jpeg, pixels => Normalise(pixels, floats))),
            () => Each(jpegs, jpeg => Plain(jpeg, pixels => Split(pixels, bytes))));
        var what = $"JPEG of {Photographs.Width} x {Photographs.Height} to {Side}, one core";
        run.Add(SuiteRow.Of(turns, Name, what, (0, "to bytes"), (1, "SkiaSharp, to floats"), "pictures/s", jpegs.Count));
        run.Add(SuiteRow.Of(turns, Name, what, (0, "to bytes"), (2, "SkiaSharp, to bytes"), "pictures/s", jpegs.Count));
        ToVectors(run);
    }

    // From JPEG files, as a program calls Clip and as the command does, beside the tower alone.
    private static void ToVectors(SuiteRun run)
    {
        var jpegs = Photographs.Jpegs(run.IsQuick ? 4 : 128);
        var folder = Directory.CreateTempSubdirectory("clipsharp-benchmark-");
        try
        {
            var pictures = folder.CreateSubdirectory("pictures").FullName;
            string[] files = [.. jpegs.Select((_, number) => Path.Combine(pictures, FormattableString.Invariant($"{number:d3}.jpg")))];
            foreach (var (file, jpeg) in files.Zip(jpegs))
            {
                File.WriteAllBytes(file, jpeg);
            }

            var index = SampleIndex.Build(SampleSources.Open(pictures, new DataOptions()), SampleNeed.Picture);
            foreach (var format in run.Formats)
            {
                ToVectors(run, format, files, index, folder);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void ToVectors(SuiteRun run, string format, string[] files, SampleIndex index, DirectoryInfo folder)
    {
        const string preset = "ViT-B-32";
        var config = ModelPresets.Find(preset);
        using var clip = new Clip(new TorchEncoder(ClipModel.Create(config), Precision.Parse(format), ownsModel: true),
            BpeTokenizer.Load(run.Vocabulary), config, new PreprocessConfig(), () => "");
        PixelBatch[] batches = [.. files.Chunk(clip.BatchSize).Select(batch => RandomInputs.Of(config, batch.Length).Pixels)];
        var turns = Turns.Of(run.Rounds, 1, () => clip.EncodeImages(files), () => Embed(clip, index, folder), () =>
        {
            foreach (var batch in batches)
            {
                clip.Encoder.EncodeImages(batch);
            }
        });
        var what = $"{preset} {format}, {files.Length} JPEGs of {Photographs.Width} x {Photographs.Height}";
        run.Add(SuiteRow.Of(turns, Name, what, (0, "files to vectors, Clip.EncodeImages"), (2, "tower alone"), "pictures/s", files.Length));
        run.Add(SuiteRow.Of(turns, Name, what, (1, "files to vectors, embed"), (2, "tower alone"), "pictures/s", files.Length));
    }

    private static void Embed(Clip clip, SampleIndex index, DirectoryInfo folder)
    {
        var vectors = folder.CreateSubdirectory("vectors");
        EmbeddingJob.ForPictures(vectors.FullName, clip, index, new EmbeddingOptions()).Run();
        vectors.Delete(recursive: true);
    }

    private static void Each(IReadOnlyList<byte[]> jpegs, Action<byte[]> work)
    {
        foreach (var jpeg in jpegs)
        {
            work(jpeg);
        }
    }

    private static void Plain(byte[] jpeg, Action<SKPixmap> take)
    {
        using var decoded = SKBitmap.Decode(jpeg);
        var scale = (double)Side / Math.Min(decoded.Width, decoded.Height);
        var size = new SKImageInfo((int)Math.Round(decoded.Width * scale), (int)Math.Round(decoded.Height * scale),
            SKColorType.Rgba8888, SKAlphaType.Opaque);
        using var resized = decoded.Resize(size, new SKSamplingOptions(SKCubicResampler.Mitchell));
        using var pixels = resized.PeekPixels();
        take(pixels);
    }

    private static void Normalise(SKPixmap picture, Span<float> planes)
    {
        var pixels = picture.GetPixelSpan<byte>();
        var (left, top) = ((picture.Width - Side) / 2, (picture.Height - Side) / 2);
        for (var channel = 0; channel < 3; channel++)
        {
            var (factor, bias) = (1 / (255 * Deviation[channel]), -Mean[channel] / Deviation[channel]);
            for (var y = 0; y < Side; y++)
            {
                var from = pixels.Slice(((top + y) * picture.RowBytes) + (4 * left) + channel, (4 * Side) - channel);
                var to = planes.Slice(((channel * Side) + y) * Side, Side);
                for (var x = 0; x < to.Length; x++)
                {
                    to[x] = (from[4 * x] * factor) + bias;
                }
            }
        }
    }

    private static void Split(SKPixmap picture, Span<byte> planes)
    {
        var pixels = picture.GetPixelSpan<byte>();
        var (left, top) = ((picture.Width - Side) / 2, (picture.Height - Side) / 2);
        for (var channel = 0; channel < 3; channel++)
        {
            for (var y = 0; y < Side; y++)
            {
                var from = pixels.Slice(((top + y) * picture.RowBytes) + (4 * left) + channel, (4 * Side) - channel);
                var to = planes.Slice(((channel * Side) + y) * Side, Side);
                for (var x = 0; x < to.Length; x++)
                {
                    to[x] = from[4 * x];
                }
            }
        }
    }
}
