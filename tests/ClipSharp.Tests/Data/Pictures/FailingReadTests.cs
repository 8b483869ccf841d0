using ClipSharp.Data.Batches;
using ClipSharp.Data.Index;
using ClipSharp.Data.Pictures;
using ClipSharp.Files.Reading;
using ClipSharp.Images;
using ClipSharp.Testing.Odd;
using ClipSharp.Text;

namespace ClipSharp.Tests.Data.Pictures;

/// <summary>A disk that fails for a moment, or for good, while pictures are read.</summary>
public sealed class FailingReadTests : IDisposable
{
    private static readonly BpeTokenizer Tokenizer = TokenizerTrainer.Train(["a red car", "a blue boat", "one two three"], 600);

    private readonly TemporaryFolder _folder = new();
    private readonly List<double> _pauses = [];
    private readonly List<Skip> _told = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        SteadyRead.Trial.Value = null;
        _folder.Dispose();
    }

    [Fact]
    public void A_disk_that_fails_three_times_costs_three_pauses_and_nothing_else()
    {
        var index = Index();
        var expected = Batches(index, new PictureOptions());
        var failures = 3;
        Fail(path => path.EndsWith("2.jpg", StringComparison.Ordinal) && failures-- > 0);

        Assert.Equal(expected, Batches(index, new PictureOptions()));
        Assert.Equal([100, 400, 1600], _pauses);
    }

    [Fact]
    public void A_disk_that_fails_for_good_ends_the_loading_at_the_batch_it_is_needed_for()
    {
        var index = Index();
        var plan = new BatchPlan(index, 3, batchSize: 2);
        var needed = Enumerable.Range(0, 9).First(step => plan.Batch(step).Any(planned => planned.Sample == 2));
        Fail(path => path.EndsWith("2.jpg", StringComparison.Ordinal));
        using var loader = Loader(index, plan, new PictureOptions());
        for (var step = 0; step < needed; step++)
        {
            loader.Next(Cancel);
        }

        var refusal = Assert.Throws<ClipException>(() => loader.Next(Cancel));
        Assert.Equal(ClipError.InputOutput, refusal.Kind);
        Assert.EndsWith("2.jpg", refusal.Where, StringComparison.Ordinal);
        Assert.Contains("found the disk is away", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(0, loader.Skips.Total);
    }

    [Fact]
    public void Where_asked_to_go_on_the_next_picture_stands_in_is_told_once_and_only_while_the_disk_fails()
    {
        var index = Index();
        var fails = true;
        Fail(path => fails && path.EndsWith("2.jpg", StringComparison.Ordinal));
        var store = new PictureStore(index, new PictureOptions { SkipReadErrors = true, OnReadError = _told.Add }, keptBytes: 0);
        using var reader = new PictureReader(index);

        Assert.Null(store.Get(2, reader));
        Assert.Null(store.Get(2, reader));
        fails = false;
        Assert.NotNull(store.Get(2, reader));

        Assert.Equal("1 ReadFailed", store.Skips.ToString());
        Assert.Equal("the disk is away", Assert.Single(_told).Detail);

        fails = true;
        var plan = new BatchPlan(index, 3, batchSize: 5);
        using var loader = Loader(index, plan, new PictureOptions { SkipReadErrors = true });
        Assert.Equal(plan.Batch(0).Select(planned => (long)(planned.Sample == 2 ? 3 : planned.Sample)),
            loader.Next(Cancel).SampleIds);
    }

    [Fact]
    public void A_failed_read_is_done_again_from_the_opening_of_the_file_on()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "An open file is not replaced there.");
        var index = Index();
        using var reader = new PictureReader(index);
        Assert.True(reader.TryRead(2, out var before, out _));
        var path = index.Picture(2).File.Path;
        byte[] other = [.. before[..^2], 0xFF, 0xD8]; // of the same length
        var time = File.GetLastWriteTimeUtc(path);
        _folder.Write("other", other);
        File.SetLastWriteTimeUtc(_folder["other"], time);
        File.Move(_folder["other"], path, overwrite: true);
        var failures = 1;
        Fail(_ => failures-- > 0);

        Assert.True(reader.TryRead(2, out var after, out _));

        Assert.Equal(other, after.ToArray());
    }

    [Fact]
    public void Evaluation_stops_or_where_asked_goes_on_and_counts()
    {
        var index = Index();
        var preprocessor = new ImagePreprocessor(new PreprocessConfig(), 16);
        Fail(path => path.EndsWith("2.jpg", StringComparison.Ordinal));

        var refusal = Assert.Throws<ClipException>(() => new EvaluationReader(index, preprocessor, 2).Read(Cancel).ToList());
        Assert.Equal(ClipError.InputOutput, refusal.Kind);
        Assert.Equal(ClipError.InputOutput, Assert.Throws<ClipException>(() => index.Verify(cancel: Cancel)).Kind);

        var options = new PictureOptions { SkipReadErrors = true, OnReadError = _told.Add };
        var reader = new EvaluationReader(index, preprocessor, 2, pictures: options);
        Assert.Equal([0, 1, 3, 4], reader.Read(Cancel).SelectMany(batch => batch.SampleIds));
        Assert.Equal("1 ReadFailed", reader.Skips.ToString());
        Assert.Single(_told);
    }

    [Fact]
    public void A_file_that_is_gone_is_counted_without_waiting()
    {
        var index = Index();
        File.Delete(_folder["2.jpg"]);
        Fail(_ => false);
        var reader = new EvaluationReader(index, new ImagePreprocessor(new PreprocessConfig(), 16), 2,
            pictures: new PictureOptions { OnReadError = _told.Add });

        Assert.Equal([0, 1, 3, 4], reader.Read(Cancel).SelectMany(batch => batch.SampleIds));
        Assert.Equal("1 ReadFailed", reader.Skips.ToString());
        Assert.Single(_told);
        Assert.Empty(_pauses);
    }

    private void Fail(Func<string, bool> fails) => SteadyRead.Trial.Value = new ReadTrial(
        path =>
        {
            if (fails(path))
            {
                throw new IOException("the disk is away");
            }
        },
        pause => _pauses.Add(pause.TotalMilliseconds));

    // Five pictures, each a file of its own.
    private SampleIndex Index()
    {
        for (var i = 0; i < 5; i++)
        {
            _folder.Write($"{i}.jpg", OddInputs.Jpeg);
            _folder.Write($"{i}.txt", "a red car"u8.ToArray());
        }

        return Indexing.Build(_folder.Path);
    }

    private static List<string> Batches(SampleIndex index, PictureOptions pictures)
    {
        using var loader = Loader(index, new BatchPlan(index, 3, batchSize: 2), pictures);
        return [.. Enumerable.Range(0, 6).Select(_ => loader.Next(Cancel))
            .Select(batch => string.Join(',', batch.SampleIds) + Convert.ToHexString(batch.Pixels.Values))];
    }

    private static BatchLoader Loader(SampleIndex index, BatchPlan plan, PictureOptions pictures) =>
        new(index, plan, new TrainingTransform(new AugmentationConfig(), new PreprocessConfig(), 16), Tokenizer, 16,
            new BatchLoaderOptions { Workers = 1, Pictures = pictures });
}
