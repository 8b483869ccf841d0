using System.Globalization;
using ClipSharp.Data;
using ClipSharp.Data.Index;
using ClipSharp.Data.Sources;
using ClipSharp.Evaluation.Features;
using ClipSharp.Evaluation.Overlaps;
using ClipSharp.Images;
using ClipSharp.Images.Decoding;
using ClipSharp.Models;
using ClipSharp.Torch;

namespace ClipSharp.Benchmarks;

/// <summary><c>overlap MODEL TRAIN TEST COUNT</c>: copies of COUNT training pictures, changed in several ways, beside the pictures
/// of TEST: how many of each are taken for a training picture by vectors, by hashes and by both. A copy is found where it is taken
/// for its own original.</summary>
internal static class OverlapCopies
{
    public const string Argument = "overlap";

    private const int Quality = 90;

    private static readonly OverlapRule[] Rules =
    [
        OverlapRule.Default with { HashDistance = 255 }, OverlapRule.Default with { Near = -1 }, OverlapRule.Default,
        OverlapRule.Default with { Near = 0.95 },
    ];

    private static readonly (string Name, Func<RgbImage, RandomStream, byte[]> Copy)[] Kinds =
    [
        ("jpeg-50", (image, _) => image.ToJpeg(50)),
        ("half-size", (image, _) => Resized(image, 0.5).ToJpeg(Quality)),
        ("twice-size", (image, _) => Resized(image, 2).ToJpeg(Quality)),
        ("other-shape", (image, _) => Resized(image, 1, 0.8).ToJpeg(Quality)),
        ("crop-95-middle", (image, _) => Cropped(image, 0.5, 0.5).ToJpeg(Quality)),
        ("crop-95-anywhere", (image, random) => Cropped(image, random.NextDouble(), random.NextDouble()).ToJpeg(Quality)),
    ];

    public static void Run(string[] arguments)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        if (arguments is not [var model, var train, var test, var number])
        {
            throw new ArgumentException("overlap MODEL TRAIN TEST COUNT");
        }

        var folder = Directory.CreateTempSubdirectory("clipsharp-overlap-").FullName;
        try
        {
            var count = int.Parse(number, CultureInfo.InvariantCulture);
            WriteCopies(train, count, folder);
            using var clip = TorchClip.Load(ModelFiles.Open(model), "cpu", "auto");
            var features = new FeatureStore(Path.Combine(folder, "features"));
            Console.WriteLine($"{model}: {count:N0} copies of {train}, others {test}");
            Console.WriteLine($"{"",-18}{"cosine",10}{"hash",10}{"both",10}{$"both, {Rules[^1].Near}",12}   at {Rules[^2]}");
            string[] lines = [.. Kinds.Select(kind => kind.Name), "others"];
            var found = Rules.Select(rule => new OverlapStudy(clip, model, features).Run(OverlapPlan.Make(new OverlapOptions
            {
                Train = [train],
                Datasets = [.. Kinds.Select(kind => Path.Combine(folder, kind.Name)), test],
                Rule = rule,
            }))).ToList();
            for (var set = 0; set < lines.Length; set++)
            {
                var shares = found.Select(report => set < Kinds.Length
                    ? report.Sets[set].Pictures.Count(picture => picture.IsOverlap(report.Rule)
                        && picture.Deciding(report.Rule).Training.Id == picture.Test.Id) / (double)report.Sets[set].Pictures.Count
                    : report.Sets[set].Overlap(report.Rule).Value!.Value);
                Console.WriteLine($"{lines[set],-18}{string.Concat(shares.Select(share => $"{share,10:0.0%}"))}");
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void WriteCopies(string train, int count, string folder)
    {
        var index = SampleIndex.Build(SampleSources.Open(train, new DataOptions()), SampleNeed.Picture);
        foreach (var (kind, copy) in Kinds)
        {
            Directory.CreateDirectory(Path.Combine(folder, kind));
            ShardWriter.Write(Path.Combine(folder, kind, "0.tar"), Enumerable.Range(0, count).Select(i =>
            {
                var sample = (int)((long)i * index.Count / count);
                var random = new RandomStream(0, RandomPurpose.Resampling, i);
                return new ShardMember(index.Key(sample), "jpg", copy(Picture(index, sample), random));
            }));
        }
    }

    private static RgbImage Picture(SampleIndex index, int sample)
    {
        var (file, offset, length) = index.Picture(sample);
        using var stream = File.OpenRead(file.Path);
        stream.Position = offset;
        var bytes = new byte[length];
        stream.ReadExactly(bytes);
        return ImageDecoder.Decode(bytes, file.Path).Over(255, 255, 255);
    }

    private static RgbImage Resized(RgbImage image, double factor, double narrower = 1)
    {
        var (width, height) = ((int)Math.Round(image.Width * factor * narrower), (int)Math.Round(image.Height * factor));
        return new RgbImage(width, height, Resampler.Resize(image.View, width, height, ResampleFilter.Bicubic));
    }

    // 95% of each side.
    private static RgbImage Cropped(RgbImage image, double left, double top)
    {
        var (width, height) = ((int)Math.Round(0.95 * image.Width), (int)Math.Round(0.95 * image.Height));
        var view = image.View.Crop(new PixelBox((int)Math.Round(left * (image.Width - width)),
            (int)Math.Round(top * (image.Height - height)), width, height));
        return new RgbImage(width, height, Resampler.Resize(view, width, height, ResampleFilter.Bicubic));
    }
}
