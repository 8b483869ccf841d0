using System.Diagnostics;
using System.Globalization;

namespace ClipSharp.Cli.Tests;

/// <summary>The samples, started as a user starts them.</summary>
public sealed class SampleTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task ZeroShot_prints_each_label_with_its_share()
    {
        TinyModel.Write(_folder["model"]);
        await File.WriteAllBytesAsync(_folder["red.png"], ColourPictures.Png(0));
        var (code, output, error) = await Run("ZeroShot", _folder["model"], _folder["red.png"], "red", "green", "blue");
        Assert.Equal("", error);
        Assert.Equal(0, code);
        var lines = output.TrimEnd().Split('\n').Select(line => line.Trim().Split("%  ")).ToList();
        Assert.Equal(["blue", "green", "red"], lines.Select(line => line[1]).Order());
        Assert.Equal(100, lines.Sum(line => double.Parse(line[0], CultureInfo.InvariantCulture)), 0.2);
    }

    [Fact]
    public async Task ZeroShot_says_in_one_line_what_is_missing()
    {
        var (code, _, error) = await Run("ZeroShot", _folder["none"], "x.png", "red", "green");
        Assert.Equal(66, code);
        Assert.Contains("The model does not exist", Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SemanticSearch_ranks_pictures_by_how_well_they_fit_the_words()
    {
        TinyModel.Write(_folder["model"]);
        await File.WriteAllBytesAsync(_folder["red.png"], ColourPictures.Png(0));
        await File.WriteAllBytesAsync(_folder["other.png"], ColourPictures.Png(1));
        var (code, output, error) = await Run("SemanticSearch", _folder["model"], "red", _folder["red.png"], _folder["other.png"]);
        Assert.Equal("", error);
        Assert.Equal(0, code);
        var lines = output.TrimEnd().Split('\n').Select(line => line.Trim().Split("  ")).ToList();
        Assert.Equal([_folder["other.png"], _folder["red.png"]], lines.Select(line => line[1]).Order(StringComparer.Ordinal));
        Assert.True(double.Parse(lines[0][0], CultureInfo.InvariantCulture) >= double.Parse(lines[1][0], CultureInfo.InvariantCulture));
    }

    private static async Task<(int Code, string Output, string Error)> Run(string sample, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, sample + ".dll"));
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }
}
