using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using ClipSharp.Shapes;
using ClipSharp.Training;

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
        var (code, output, error) = await Run("SemanticSearch", _folder["model"], "red", _folder["red.png"],
            _folder["other.png"]);
        Assert.Equal("", error);
        Assert.Equal(0, code);
        var lines = output.TrimEnd().Split('\n').Select(line => line.Trim().Split("  ")).ToList();
        Assert.Equal([_folder["other.png"], _folder["red.png"]], lines.Select(line => line[1]).Order(StringComparer.Ordinal));
        Assert.True(double.Parse(lines[0][0], CultureInfo.InvariantCulture) >= double
            .Parse(lines[1][0], CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task OwnLoss_trains_with_a_loss_and_an_evaluation_from_outside()
    {
        CorpusWriter.Write(_folder["corpus"],
            new CorpusOptions { Samples = 16, ValSamples = 1, HeldoutSamples = 1, ImageSize = 32, Workers = 1 });
        await File.WriteAllTextAsync(_folder["recipe.json"], new TrainOptions
        {
            TrainData = _folder["corpus/train"],
            Model = "RN-Tiny-32",
            VocabSize = 560,
            BatchSize = 8,
            MicroBatch = 4,
            Epochs = 2,
            Workers = 1,
            Logs = _folder["logs"],
            Name = "own",
        }.ToJson());

        var (code, output, error) = await Run("OwnLoss", _folder["recipe.json"], "a red star", "a blue circle");

        Assert.Equal("", error);
        Assert.Equal(0, code);
        Assert.Equal(2, output.Split('\n').Count(line => line.Contains(": distance 0.", StringComparison.Ordinal)));
        Assert.Contains($"4 steps, {_folder["logs/own/checkpoints/epoch_2"]}", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OwnTask_measures_by_a_task_from_outside()
    {
        TinyModel.Write(_folder["model"]);

        var (code, output, error) = await Run("OwnTask", _folder["model"], ColourPictures.WriteSplit(_folder, 6));

        Assert.Equal("", error);
        Assert.Equal(0, code);
        Assert.Matches(@"^colours: clipscore [0-9.]+ \([0-9.]+ to [0-9.]+\) of 6\s*$", output);
    }

    [Fact]
    public void The_page_shows_that_task_whole_in_25_lines()
    {
        string[] code = [.. File.ReadLines(Path.Combine(SharedFiles.Root, "samples", "OwnTask", "CaptionScore.cs"))
            .Where(line => !line.StartsWith("/// ", StringComparison.Ordinal))];
        Assert.InRange(code.Length, 1, 25);
        Assert.Contains($"```csharp\n{string.Join('\n', code)}\n```",
            File.ReadAllText(Path.Combine(SharedFiles.Root, "docs", "evaluating.md")).ReplaceLineEndings("\n"),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task WebNaming_answers_uploads_of_many_with_names_and_bad_ones_with_400()
    {
        TinyModel.Write(_folder["model"]);
        var start = Start("WebNaming", _folder["model"], "red", "green", "blue");
        start.Environment["ASPNETCORE_URLS"] = "http://127.0.0.1:0"; // any free port
        using var process = Process.Start(start)!;
        try
        {
            using var client = new HttpClient { BaseAddress = await Address(process) };
            var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => Named(client, ColourPictures.Png(i % 3, i))));
            Assert.All(answers, answer =>
            {
                Assert.Equal(HttpStatusCode.OK, answer.Code);
                Assert.Equal(["blue", "green", "red"],
                    answer.Body.EnumerateArray().Select(p => p.GetProperty("label").GetString()).Order());
                Assert.Equal(1, answer.Body.EnumerateArray().Sum(p => p.GetProperty("probability").GetDouble()), 1e-6);
            });
            foreach (var upload in (byte[][])[[], "<html>"u8.ToArray(), ColourPictures.Png(0)[..40]])
            {
                var (code, body) = await Named(client, upload);
                Assert.Equal(HttpStatusCode.BadRequest, code);
                Assert.StartsWith("The picture", body.GetProperty("detail").GetString(), StringComparison.Ordinal);
            }
        }
        finally
        {
            process.Kill();
        }
    }

    [Fact]
    public async Task WebNaming_ends_at_once_when_the_model_is_missing()
    {
        var (code, _, error) = await Run("WebNaming", _folder["none"], "red", "green");
        Assert.Equal(66, code);
        Assert.Contains("The model does not exist", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ImageSearch_indexes_a_folder_and_finds_by_words()
    {
        TinyModel.Write(_folder["model"]);
        Directory.CreateDirectory(_folder["photos"]);
        foreach (var (colour, name) in ColourPictures.Names.Index())
        {
            await File.WriteAllBytesAsync(_folder[$"photos/{name}.png"], ColourPictures.Png(colour));
        }

        foreach (var added in (int[])[3, 0]) // the second run has nothing to do
        {
            var (code, output, error) = await Run("ImageSearch", _folder["model"], _folder["photos"], "red");
            Assert.Equal((0, ""), (code, error));
            var lines = output.TrimEnd().Split('\n');
            Assert.Equal($"{added} new, 3 in all", lines[0]);
            Assert.Equal(ColourPictures.Names.Order(StringComparer.Ordinal),
                lines[1..].Select(line => Path.GetFileNameWithoutExtension(line.Trim())).Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public async Task ZeroShotApi_serves_the_routes_and_one_of_its_own()
    {
        TinyModel.Write(_folder["model"]);
        using var process = Process.Start(
            Start("ZeroShotApi", "--ClipSharp:Model", _folder["model"], "--urls", "http://127.0.0.1:0"))!;
        try
        {
            using var client = new HttpClient { BaseAddress = await Address(process) };
            using var content = new ByteArrayContent(ColourPictures.Png(0));
            using var own = await client.PostAsync(new Uri("is?what=red", UriKind.Relative), content,
                TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, own.StatusCode); // and waited for the model
            Assert.Matches("""^\{"is":(true|false),"probability":0\.\d+\}$""",
                await own.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            Assert.Equal("Healthy", await client.GetStringAsync(new Uri("healthz", UriKind.Relative),
                TestContext.Current.CancellationToken));
            using var form = new MultipartFormDataContent
            {
                { new ByteArrayContent(ColourPictures.Png(0)), "image", "a.png" }, { new StringContent("red,green"), "labels" },
            };
            using var named = await client.PostAsync(new Uri("v1/zero-shot", UriKind.Relative), form,
                TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, named.StatusCode);
            using var none = new StringContent("<html>");
            using var bad = await client.PostAsync(new Uri("is?what=red", UriKind.Relative), none,
                TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.BadRequest, bad.StatusCode);
        }
        finally
        {
            process.Kill();
        }
    }

    private static async Task<Uri> Address(Process process)
    {
        const string listening = "Now listening on: ";
        while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (line.IndexOf(listening, StringComparison.Ordinal) is >= 0 and var at)
            {
                return new Uri(line[(at + listening.Length)..].Trim());
            }
        }

        throw new InvalidOperationException(await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
    }

    private static async Task<(HttpStatusCode Code, JsonElement Body)> Named(HttpClient client, byte[] upload)
    {
        using var content = new ByteArrayContent(upload);
        using var answer = await client.PostAsync(new Uri("name", UriKind.Relative), content,
            TestContext.Current.CancellationToken);
        using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return (answer.StatusCode, body.RootElement.Clone());
    }

    private static async Task<(int Code, string Output, string Error)> Run(string sample, params string[] arguments)
    {
        using var process = Process.Start(Start(sample, arguments))!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }

    private static ProcessStartInfo Start(string sample, params string[] arguments) =>
        new("dotnet", [Path.Combine(AppContext.BaseDirectory, sample + ".dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
}
