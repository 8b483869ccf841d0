using ClipSharp.Images.Decoding;
using ClipSharp.Text;

namespace ClipSharp.Tests;

/// <summary>A <see cref="Clip"/> in an application of many requests.</summary>
public sealed class ClipThreadsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly WatchedEncoder _encoder = new(new ColourEncoder(BpeTokenizer.Load(SharedFiles.Fixture("tokenizer-small"))));
    private readonly Clip _clip;

    public ClipThreadsTests() => _clip = new Clip(_encoder, TinyModel.Write(_folder["model"])) { BatchSize = 2 };

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _clip.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Calls_from_many_threads_are_right_and_the_engine_computes_for_one_at_a_time()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => Task.Run(async () =>
        {
            // Other labels in turn: the kept classifier changes under the others.
            string[] labels = i % 2 == 0 ? ["red", "green", "blue"] : ["blue", "green", "red"];
            var picture = ColourPictures.Png(i % 3, i);
            return (i % 4) switch
            {
                0 => await _clip.ClassifyAsync(new MemoryStream(picture), labels, cancel: Now),
                1 => await _clip.ClassifyAsync(picture, labels, cancel: Now),
                _ => _clip.Classify(picture, labels),
            };
        })));
        Assert.All(answers.Index(), answer => Assert.Equal(ColourPictures.Names[answer.Index % 3], answer.Item[0].Label));
        Assert.Equal(1, _encoder.MostAtOnce);
    }

    [Fact]
    public async Task A_stream_gives_what_its_bytes_give_and_stays_open()
    {
        using var file = new MemoryStream(ColourPictures.Png(1));
        Assert.Equal(_clip.Classify(ColourPictures.Png(1), ColourPictures.Names),
            await _clip.ClassifyAsync(file, ColourPictures.Names, cancel: Now));
        Assert.True(file.CanRead);
    }

    [Theory]
    [InlineData("", "an empty file")]
    [InlineData("<html>", "something that is no picture")]
    public async Task A_bad_upload_is_of_the_kind_that_is_answered_with_400_and_names_no_path(string upload, string found)
    {
        var refusal = await Assert.ThrowsAsync<ClipException>(() =>
            _clip.ClassifyAsync(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(upload)), ["red"], cancel: Now));
        Assert.Equal(ClipError.Data, refusal.Kind);
        Assert.Contains(found, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("(picture)", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_upload_is_not_read_without_end()
    {
        using var endless = new EndlessStream();
        var refusal = await Assert.ThrowsAsync<ClipException>(() => _clip.ClassifyAsync(endless, ["red"], cancel: Now));
        Assert.Equal(ClipError.Data, refusal.Kind);
        Assert.InRange(endless.Given, DecodeLimits.Default.MaxFileBytes, DecodeLimits.Default.MaxFileBytes + (1 << 20));
    }

    [Fact]
    public async Task Warming_up_computes_the_classifier_that_is_asked_for_later()
    {
        await _clip.WarmUpAsync(ColourPictures.Names, cancel: Now);
        Assert.Equal((1, 3), (_encoder.Pictures, _encoder.Texts));
        await _clip.ClassifyAsync(ColourPictures.Png(0), ColourPictures.Names, cancel: Now);
        Assert.Equal((2, 3), (_encoder.Pictures, _encoder.Texts));
    }

    [Fact]
    public async Task Sixteen_threads_that_wait_in_their_calls_share_forwards_and_get_what_is_theirs()
    {
        var files = Enumerable.Range(0, 48).Select(i => (ReadOnlyMemory<byte>)ColourPictures.Png(i % 3, i)).ToArray();
        var alone = files.Select(file => _clip.EncodeImages([file]).Values).ToArray();
        var wrong = 0;
        Thread[] threads = [.. Enumerable.Range(0, 16).Select(first => new Thread(() =>
        {
            for (var i = first; i < 48 * 16; i++)
            {
                Interlocked.Add(ref wrong, _clip.EncodeImages([files[i % 48]]).Values.SequenceEqual(alone[i % 48]) ? 0 : 1);
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        await _clip.EncodeTextsAsync(["red"], Now);
        Assert.Equal((0, 1), (wrong, _encoder.MostAtOnce));
        Assert.Contains(2, _encoder.Forwards);
    }

    [Fact]
    public async Task Disposing_waits_for_the_call_under_way_and_calls_that_wait_are_refused()
    {
        _encoder.Hold();
        var first = Task.Run(() => _clip.EncodeTexts(["red"]), Now);
        await _encoder.Entered;
        var second = _clip.ClassifyAsync(ColourPictures.Png(1), ["red", "blue"], cancel: Now);
        var disposal = Task.Run(_clip.Dispose, Now);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => second);
        Assert.False(_encoder.IsDisposed);
        _encoder.Release();
        await disposal;
        Assert.Equal(1, (await first).Count);
        Assert.False(_encoder.WasDisposedUnderway);
        Assert.Throws<ObjectDisposedException>(() => _clip.EncodeTexts(["red"]));
        _clip.Dispose();
        Assert.Equal(1, _encoder.Disposals);
    }

    private sealed class EndlessStream : Stream
    {
        public long Given { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => Given; set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            Given += count;
            return count;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
