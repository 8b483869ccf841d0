using ClipSharp.Cli.Rendering.Progress;

namespace ClipSharp.Cli.Tests.Rendering.Progress;

public sealed class ProgressLineTests : IDisposable
{
    private readonly HandClock _clock = new();
    private readonly StringWriter _written = new() { NewLine = "\n" };

    public void Dispose() => _written.Dispose();

    [Fact]
    public void Short_work_shows_nothing()
    {
        using (var progress = Start(isLive: true))
        {
            _clock.Seconds = 1.9;
            progress.Report(90);
        }

        Assert.Equal("", _written.ToString());
    }

    [Fact]
    public void A_file_gets_a_line_every_ten_seconds()
    {
        using (var progress = Start(isLive: false))
        {
            for (var second = 1; second <= 25; second++)
            {
                _clock.Seconds = second;
                progress.Report(second * 4);
            }
        }

        Assert.Equal(
            "Embedding: 8 of 1,000 images, 4.0/s, 4 min 8 s left\n"
            + "Embedding: 48 of 1,000 images, 4.0/s, 3 min 58 s left\n"
            + "Embedding: 88 of 1,000 images, 4.0/s, 3 min 48 s left\n",
            _written.ToString());
    }

    [Fact]
    public void A_terminal_gets_one_line_rewritten_and_cleared()
    {
        using (var progress = Start(isLive: true))
        {
            _clock.Seconds = 2;
            progress.Report(999);
            _clock.Seconds = 2.05; // too soon
            progress.Report(999);
            _clock.Seconds = 3;
            progress.Report(1000);
        }

        var shown = _written.ToString().Split('\r');
        Assert.Equal(5, shown.Length);
        Assert.Equal("Embedding: 999 of 1,000 images, 500/s, 1 s left", shown[1]);
        Assert.Equal("Embedding: 1,000 of 1,000 images, 333/s, 0 s left", shown[2]);
        Assert.Equal("", shown[3].Trim());
        Assert.Equal("", shown[4]);
    }

    [Fact]
    public void The_line_is_cut_to_the_window()
    {
        using (var progress = Start(isLive: true, columns: 20))
        {
            _clock.Seconds = 2;
            progress.Report(999);
        }

        Assert.Equal(["", "Embedding: 999 of …", new string(' ', 19), ""], _written.ToString().Split('\r'));
    }

    private ProgressLine Start(bool isLive, int columns = 80) =>
        new(_written, isLive, _clock, "Embedding", "images", 1000, () => columns);
}
