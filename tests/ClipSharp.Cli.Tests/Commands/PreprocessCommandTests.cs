using ClipSharp.Images;
using ClipSharp.Images.Decoding;
using ClipSharp.Weights;

namespace ClipSharp.Cli.Tests.Commands;

public sealed class PreprocessCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    public void Dispose()
    {
        _folder.Dispose();
        _output.Dispose();
        _error.Dispose();
    }

    [Fact]
    public async Task The_pixels_are_written_as_picture_and_as_array()
    {
        var image = Picture("cat.png", 40, 30);

        Assert.Equal(0, await Run("preprocess", _folder["cat.png"], "--size", "16", "-o", _folder["seen"]));

        var planes = new byte[3 * 16 * 16];
        new ImagePreprocessor(new PreprocessConfig(), 16).Apply(image, planes);
        var array = Npy.Read(_folder["seen/cat.npy"]);
        Assert.Equal([3, 16, 16], array.Shape);
        Assert.Equal(planes, array.Bytes);
        Assert.Equal(RgbImage.FromPlanes(planes, 16, 16).Pixels, ImageDecoder.Load(_folder["seen/cat.png"]).Pixels);
        Assert.Contains("cat.npy", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_size_may_be_height_and_width()
    {
        var image = Picture("cat.png", 40, 30);

        Assert.Equal(0, await Run("preprocess", _folder["cat.png"], "--size", "16", "24", "--augment", "5", "-o", _folder["seen"]));

        var planes = new byte[3 * 16 * 24];
        new ImagePreprocessor(new PreprocessConfig(), new Extent(16, 24)).Apply(image, planes);
        var array = Npy.Read(_folder["seen/cat.npy"]);
        Assert.Equal([3, 16, 24], array.Shape);
        Assert.Equal(planes, array.Bytes);
        Assert.Equal(RgbImage.FromPlanes(planes, 24, 16).Pixels, ImageDecoder.Load(_folder["seen/cat.png"]).Pixels);
        var sheet = ImageDecoder.Load(_folder["seen/cat.augmented.png"]);
        Assert.Equal((76, 34), (sheet.Width, sheet.Height)); // 3 + 2 tiles
    }

    [Fact]
    public async Task A_run_says_how_its_pictures_are_made()
    {
        Picture("cat.png", 40, 30);
        TinyModel.Write(_folder["run/checkpoints/epoch_1"]);
        Directory.CreateDirectory(_folder["run/checkpoints/epoch_1/training"]);
        File.WriteAllText(_folder["run/checkpoints/epoch_1/training/state.json"], """{"step":1}""");
        File.WriteAllText(_folder["run/config.json"], """{"epochs":1}"""); // the run's options, not Hugging Face's

        Assert.Equal(0, await Run("preprocess", _folder["cat.png"], "-m", _folder["run"], "-o", _folder["seen"]));

        Assert.Equal([3, 16, 16], Npy.Read(_folder["seen/cat.npy"]).Shape);
    }

    [Fact]
    public async Task A_sheet_shows_as_many_versions_as_asked_the_same_for_the_same_seed()
    {
        Picture("cat.png", 40, 30);
        string[] call = ["preprocess", _folder["cat.png"], "--size", "16", "--augment", "5", "--aug-cfg", "scale=(0.3,1)",
            "flip=0.5", "-o"];

        Assert.Equal(0, await Run([.. call, _folder["a"]]));
        Assert.Equal(0, await Run([.. call, _folder["b"]]));
        Assert.Equal(0, await Run([.. call, _folder["c"], "--seed", "1"]));

        var sheets = new[] { "a", "b", "c" }.Select(name => ImageDecoder.Load(_folder[name + "/cat.augmented.png"])).ToList();
        Assert.Equal((52, 34), (sheets[0].Width, sheets[0].Height)); // 3 + 2 tiles
        Assert.Equal(sheets[0].Pixels, sheets[1].Pixels);
        Assert.NotEqual(sheets[0].Pixels, sheets[2].Pixels);
    }

    [Fact]
    public async Task Too_many_pixels_are_told_with_the_option_that_allows_them()
    {
        Picture("cat.png", 40, 30);
        string[] call = ["preprocess", _folder["cat.png"], "--size", "16", "-o", _folder["seen"], "--max-pixels"];

        Assert.Equal(65, await Run([.. call, "1199"]));
        Assert.Contains("found too large a PNG, 40 x 30 pixels, expected at most 1,199 pixels", _error.ToString(),
            StringComparison.Ordinal);
        Assert.Contains("--max-pixels", _error.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, await Run([.. call, "1200"]));
        Assert.Equal(64, await Run([.. call, "0"]));
    }

    [Fact]
    public async Task Jpegs_are_decoded_smaller_only_when_asked()
    {
        var file = ColourPictures.Jpeg(400, 304);
        await File.WriteAllBytesAsync(_folder["cat.jpg"], file, TestContext.Current.CancellationToken);
        string[] call = ["preprocess", _folder["cat.jpg"], "--size", "16", "--augment", "3", "--aug-cfg", "scale=(0.05,1)", "-o"];

        Assert.Equal(0, await Run([.. call, _folder["whole"]]));
        Assert.Equal(0, await Run([.. call, _folder["draft"], "--jpeg-draft"]));
        Assert.Equal(0, await Run([.. call[..4], "-o", _folder["few"], "--jpeg-draft", "--max-pixels", "1900"])); // 50 x 38

        byte[][] expected = [.. new[] { 0, 32 }.Select(side =>
        {
            var planes = new byte[3 * 16 * 16];
            new ImagePreprocessor(new PreprocessConfig(), 16)
                .Apply(ImageDecoder.Decode(file, "cat.jpg", new DecodeLimits { JpegShortSide = side }), planes);
            return planes;
        })];
        Assert.NotEqual(expected[0], expected[1]);
        Assert.Equal(expected[0], Npy.Read(_folder["whole/cat.npy"]).Bytes);
        Assert.Equal(expected[1], Npy.Read(_folder["draft/cat.npy"]).Bytes);
        Assert.Equal(expected[1], Npy.Read(_folder["few/cat.npy"]).Bytes);

        // Crops of a twentieth need 166 pixels of the short side: half of it has fewer.
        Assert.Equal(ImageDecoder.Load(_folder["whole/cat.augmented.png"]).Pixels,
            ImageDecoder.Load(_folder["draft/cat.augmented.png"]).Pixels);
    }

    [Fact]
    public async Task No_picture_is_overwritten()
    {
        Picture("cat.png", 4, 4);
        var before = await File.ReadAllBytesAsync(_folder["cat.png"], TestContext.Current.CancellationToken);

        Assert.Equal(64, await Run("preprocess", _folder["cat.png"], "--size", "16", "-o", _folder.Path));

        Assert.Equal(before, await File.ReadAllBytesAsync(_folder["cat.png"], TestContext.Current.CancellationToken));
        Assert.Contains("would replace", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_picture_is_refused_with_its_path()
    {
        await File.WriteAllTextAsync(_folder["page.jpg"], "<html>", TestContext.Current.CancellationToken);

        Assert.Equal(65, await Run("preprocess", _folder["page.jpg"], "--size", "16", "-o", _folder["seen"]));
        Assert.Contains("page.jpg", _error.ToString(), StringComparison.Ordinal);
        Assert.Equal(66, await Run("preprocess", _folder["absent.jpg"], "--size", "16", "-o", _folder["seen"]));
    }

    [Theory]
    [InlineData("preprocess", "a.png", "-o", "x")]
    [InlineData("preprocess", "a.png", "--size", "0", "-o", "x")]
    [InlineData("preprocess", "a.png", "--size", "8")]
    [InlineData("preprocess", "a.png", "--size", "8", "--augment", "-1", "-o", "x")]
    [InlineData("preprocess", "a.png", "--size", "8", "-o", "x", "--aug-cfg", "flop=1")]
    public async Task A_call_that_is_wrong_is_wrong_usage(params string[] arguments) => Assert.Equal(64, await Run(arguments));

    private RgbImage Picture(string name, int width, int height)
    {
        var image = new RgbImage(width, height, [.. Enumerable.Range(0, width * height * 3).Select(i => (byte)(i * 37))]);
        File.WriteAllBytes(_folder[name], image.ToPng());
        return image;
    }

    private Task<int> Run(params string[] arguments) => CommandLine.Run(Program.Root(), arguments, _output, _error);
}
