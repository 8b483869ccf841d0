using System.Text.Json;
using ClipSharp.Data.Index;

namespace ClipSharp.Tests.Data.Index;

public sealed class LeftOutFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_loss_is_a_line_that_says_where_what_and_why()
    {
        LeftOutFile.Add(_folder.Path, goesOn: false, Report(new Skip(SkipReason.NoCaption, "0.tar", "a", "why")));

        using var line = JsonDocument.Parse(Assert.Single(Lines()));
        Assert.Equal([$"place {Path.GetFullPath("0.tar")}", "key a", "reason NoCaption", "detail why"],
            line.RootElement.EnumerateObject().Select(member => $"{member.Name} {member.Value}"));
    }

    [Fact]
    public void Where_nothing_was_left_out_there_is_no_ledger()
    {
        LeftOutFile.Add(_folder.Path, goesOn: false, new SkipReport());

        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Losses_beyond_those_in_memory_are_written_too()
    {
        var report = new SkipReport();
        for (var i = 0; i < SkipReport.MostHeld + 500; i++)
        {
            report.Add(new Skip(SkipReason.NoPicture, "t.csv", $"{i}", $"line {i}"));
        }

        LeftOutFile.Add(_folder.Path, goesOn: false, report);

        Assert.Equal(SkipReport.MostHeld, report.Losses.Count);
        Assert.Equal(SkipReport.ExamplesShown, report.Examples.Count);
        Assert.Equal(report.Total, Lines().Distinct().Count());
        LeftOutFile.Add(_folder.Path, goesOn: true, report); // read a second time
        Assert.Equal(report.Total, Lines().Length);
    }

    [Fact]
    public void What_goes_on_adds_only_what_is_new_and_equal_losses_count_each()
    {
        var twice = new Skip(SkipReason.NoCaption, "0.tar", "a", "");
        LeftOutFile.Add(_folder.Path, goesOn: true, Report(twice, twice));
        LeftOutFile.Add(_folder.Path, goesOn: true, Report(twice, twice, twice));
        Assert.Equal(3, Lines().Length);

        LeftOutFile.Add(_folder.Path, goesOn: false, Report(twice));
        Assert.Equal(4, Lines().Length);
    }

    private static SkipReport Report(params Skip[] skips)
    {
        var report = new SkipReport();
        foreach (var skip in skips)
        {
            report.Add(skip);
        }

        return report;
    }

    private string[] Lines() => File.ReadAllLines(_folder[LeftOutFile.FileName]);
}
