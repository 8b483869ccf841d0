using ClipSharp.Images;
using ClipSharp.Images.Decoding;
using ClipSharp.Training.Doctor;
using ClipSharp.Training.Memory;
using ClipSharp.Training.Runs;
using ClipSharp.Training.Tests.Runs;

namespace ClipSharp.Training.Tests.Doctor;

public sealed class TrainingDoctorTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void A_sound_recipe_may_go_and_nothing_is_written()
    {
        var report = Examine(_tiny.Options());

        Assert.True(report.Go, string.Join('\n', report.Findings));
        Assert.Equal(40, report.Samples);
        Assert.True(report.Overfit!.Learns);
        Assert.Equal(8, report.Forecast.Steps);
        Assert.True(report.Forecast is { DataPerSecond: > 0, ModelPerSecond: > 0, Seconds: > 0, CheckpointBytes: > 100_000 });
        Assert.False(Directory.Exists(_tiny.Folder["logs"]));
    }

    [Fact]
    public void Options_that_do_not_hold_are_refused_before_the_data_is_read()
    {
        var told = new List<string>();

        Assert.Throws<ClipException>(() => TrainingDoctor.Examine(_tiny.Options() with { Lr = 2 }, told.Add, default));
        Assert.Empty(told);
    }

    [Fact]
    public void It_stops_at_once_when_asked_to()
    {
        using var setup = TrainingSetup.Create(_tiny.Options(), null, _ => { }, default);
        using var loader = setup.Load(0);
        var batch = loader.Next(TestContext.Current.CancellationToken);
        var stop = new CancellationToken(canceled: true);

        Assert.Throws<OperationCanceledException>(() => CaptionSurvey.Of(setup.Data, setup.Tokenizer, 8, stop));
        Assert.Throws<OperationCanceledException>(() => OverfitTrial.Run(setup, batch, stop));
    }

    [Fact]
    public void A_rate_that_learns_nothing_is_a_no()
    {
        var report = Examine(_tiny.Options() with { Lr = 1e-9 });

        Assert.False(report.Go);
        Assert.Contains("was not learnt", report.Findings[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_low_ceiling_of_the_logit_scale_does_not_fail_the_trial()
    {
        var report = Examine(_tiny.Options() with { LogitScaleMax = 1 });

        Assert.True(report.Overfit!.Learns);
    }

    [Fact]
    public void A_step_that_does_not_fit_into_memory_is_a_no()
    {
        // The trial's batch fits, the decoded pictures to be kept do not.
        var report = Examine(_tiny.Options() with { CacheMegabytes = 4096 }, 1L << 30);

        Assert.False(report.Go);
        Assert.True(report.Overfit!.Learns);
        Assert.StartsWith("a step needs ", report.Findings[0].Text, StringComparison.Ordinal);
        Assert.Contains("its data and the copy for a save at most 4.0, 1.0 are there", report.Findings[0].Text,
            StringComparison.Ordinal);
        Assert.Equal(1L << 30, report.Forecast.AvailableBytes);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(TrainOptions.AutoMicroBatch)]
    public void A_batch_is_not_tried_where_not_even_that_fits(int? microBatch)
    {
        var report = Examine(_tiny.Options() with { MicroBatch = microBatch }, 1000);

        Assert.False(report.Go);
        Assert.Null(report.Overfit);
        Assert.Null(report.Forecast.Seconds);
        Assert.Contains(report.Findings,
            finding => finding.Text.StartsWith("whether the recipe learns was not tried", StringComparison.Ordinal));
    }

    [Fact]
    public void Memory_is_predicted_for_the_runs_own_batch_and_flags()
    {
        var options = _tiny.Options() with { BatchSize = 40, MicroBatch = 10, CacheMegabytes = 0 };
        var plan = MemoryPlan.Of(options, availableBytes: 1L << 40);

        var report = Examine(options, 1L << 40);

        Assert.True(report.Go);
        Assert.Equal((plan.Ledger.PeakBytes, plan.Ledger.HostBytes), (report.Forecast.StepBytes, report.Forecast.DataBytes));
    }

    [Fact]
    public void Broken_pictures_duplicates_and_cut_captions_are_counted()
    {
        var folder = _tiny.Folder["pictures"];
        Directory.CreateDirectory(folder);
        for (var i = 0; i < 20; i++)
        {
            // The last two copy the first, their captions have its words in another order; one is no picture; two captions are
            // long.
            File.WriteAllBytes(Path.Combine(folder, $"{i:00}.png"), i == 10 ? "<html>"u8.ToArray() : Gradient(i >= 18 ? 0 : i));
            File.WriteAllText(Path.Combine(folder, $"{i:00}.txt"), i switch
            {
                0 => "a red star",
                18 => "Star, a red!",
                19 => "a red star",
                < 3 => string.Join(' ', Enumerable.Repeat("long", 60 + i)),
                _ => $"picture {i}",
            });
        }

        var report = Examine(_tiny.Options() with { TrainData = folder, BatchSize = 8 });

        Assert.Equal((20, 1.0 / 20, 2.0 / 20),
            (report.Captions.Count, Math.Round(report.Captions.Duplicates, 6), Math.Round(report.Captions.NearDuplicates, 6)));
        Assert.Equal(2.0 / 20, report.Captions.Cut);
        Assert.Equal(1, report.Pictures.Broken.Values.Sum());
        Assert.Equal(3.0 / 19, report.Pictures.NearDuplicates, 6);
        Assert.Contains(report.Findings,
            finding => finding.Text.StartsWith("5.0 % of pictures cannot be decoded", StringComparison.Ordinal));
        Assert.Contains(report.Findings, finding => finding.Text.Contains("look like another one", StringComparison.Ordinal));
    }

    [Fact]
    public void A_picture_is_near_itself_in_another_size_and_far_from_others()
    {
        var picture = ImageDecoder.Decode(Gradient(3), "a");
        var smaller = Resampler.Resize(picture.View, 33, 27, ResampleFilter.Bicubic);
        var hashes = new[] { picture, new RgbImage(33, 27, smaller), ImageDecoder.Decode(Gradient(4), "b") }
            .Select(PictureCheck.Hash).ToArray();

        Assert.Equal(2, PictureCheck.CountNear(hashes));
    }

    private static DoctorReport Examine(TrainOptions options, long? availableBytes = null) =>
        TrainingDoctor.Examine(options, _ => { }, TestContext.Current.CancellationToken, availableBytes);

    // Smooth random hills: each number another landscape.
    private static byte[] Gradient(int number)
    {
        var random = new RandomStream(number, RandomPurpose.Synthesis);
        var (a, b, c, d) = (random.NextDouble(), random.NextDouble(), random.NextDouble() * 6, random.NextDouble() * 6);
        var pixels = new byte[48 * 48 * 3];
        for (var i = 0; i < pixels.Length; i++)
        {
            var (x, y) = (i / 3 % 48 / 48.0, i / 3 / 48 / 48.0);
            pixels[i] = (byte)(127 + (60 * Math.Sin(c + (9 * a * x) + (3 * y))) + (60 * Math.Cos(d + (9 * b * y) - (4 * x))));
        }

        return new RgbImage(48, 48, pixels).ToPng();
    }
}
