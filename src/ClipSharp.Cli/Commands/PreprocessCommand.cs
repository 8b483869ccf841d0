using System.CommandLine;
using ClipSharp.Cli.Inputs;
using ClipSharp.Cli.Parsing;
using ClipSharp.Cli.Rendering;
using ClipSharp.Files;
using ClipSharp.Images;
using ClipSharp.Images.Decoding;
using ClipSharp.Models;
using ClipSharp.Weights;

namespace ClipSharp.Cli.Commands;

/// <summary>What to make of which pictures.</summary>
/// <param name="Pictures">Paths.</param>
/// <param name="Folder">Where the results are written.</param>
/// <param name="Preprocessor">What the model sees.</param>
/// <param name="Augmented">How many versions of each picture a training run might see are shown.</param>
/// <param name="Augmentation">How these vary.</param>
/// <param name="Seed">Seed of their variation.</param>
/// <param name="Limits">What is too large a picture, and what is left of a JPEG.</param>
internal sealed record PreprocessOptions(
    IReadOnlyList<string> Pictures, string Folder, ImagePreprocessor Preprocessor,
    int Augmented, AugmentationConfig Augmentation, long Seed, DecodeLimits Limits);

/// <summary><c>clipsharp preprocess</c>: pictures to the pixels a model sees.</summary>
internal static class PreprocessCommand
{
    private const int MostAugmented = 1024;

    public static Command Create()
    {
        var pictures = PictureInputs.Argument();
        var model = SharedOptions.Model(required: false);
        var size = ExtentOption.Create("--size", "Pixels a side, or height and width, with OpenAI's preprocessing.");
        var background = new Option<string?>("--background")
        {
            Description = "What clear parts lie on: drop (alpha ignored), white or black.",
            HelpName = "name",
        };
        var resizeMode = new Option<string?>("--image-resize-mode")
        {
            Description = "shortest (crop), longest (pad) or squash.",
            HelpName = "name",
        };
        var interpolation = new Option<string?>("--image-interpolation")
        {
            Description = "bicubic or bilinear.",
            HelpName = "name",
        };
        var compat = SharedOptions.Compat();
        var exif = SharedOptions.Exif();
        var augment = new Option<int>("--augment")
        {
            Description = "Also write a sheet of n versions as in training.",
            HelpName = "n",
        };
        var augmentation = new Option<string[]>("--aug-cfg")
        {
            Description = "How training varies pictures: scale=(0.4,1) flip=0.5 color_jitter=(0.3,0.3,0.3,0.1) ...",
            HelpName = "name=value",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [],
        };
        var seed = SharedOptions.Seed();
        var output = SharedOptions.Output("The folder for NAME.png, NAME.npy (uint8, [3, H, W]) and NAME.augmented.png.");
        var command = new Command("preprocess", "Show the pixels a model sees, or those of training.")
        {
            pictures, model, size, background, resizeMode, interpolation, compat, exif, augment, augmentation, seed, output,
        };
        var reading = new PictureFlags(ofDataSets: false);
        reading.AddTo(command);
        command.Require(parsed => (parsed.GetValue(size) is null) == (parsed.GetValue(model) is null)
            ? "Give either --size or --model."
            : null);
        command.Require(parsed => parsed.GetValue(augment) is < 0 or > MostAugmented
            ? $"--augment is 0 to {MostAugmented}."
            : null);
        command.Require(parsed => parsed.GetValue(size)
            is { Height: < 1 or > PreprocessConfig.MaxSize } or { Width: < 1 or > PreprocessConfig.MaxSize }
            ? $"--size is 1 to {PreprocessConfig.MaxSize}."
            : null);
        command.SetAction(parsed =>
        {
            var files = parsed.GetValue(model) is { } named
                ? ModelFiles.Open(SharedOptions.ModelPath(named, Output.Of(parsed)))
                : null;
            var config = files?.Preprocess ?? new PreprocessConfig();
            config = config with
            {
                BackgroundWord = parsed.GetValue(background) ?? config.BackgroundWord,
                ResizeModeWord = parsed.GetValue(resizeMode) ?? config.ResizeModeWord,
                InterpolationWord = parsed.GetValue(interpolation) ?? config.InterpolationWord,
                Compat = Spelling.Find<Compat>(parsed.GetValue(compat)) ?? config.Compat,
                Exif = parsed.GetValue(exif) || config.Exif,
            };
            var preprocessor = new ImagePreprocessor(config, files?.Config.Vision.ImageSize ?? parsed.GetValue(size)!.Value);
            return Run(
                new PreprocessOptions(PictureInputs.Files(parsed.GetValue(pictures)!, Output.Of(parsed)),
                    parsed.GetValue(output)!, preprocessor,
                    parsed.GetValue(augment), AugmentationConfig.Parse(parsed.GetValue(augmentation)!), parsed.GetValue(seed),
                    reading.Bind(parsed, preprocessor.JpegShortSide).Limits),
                Output.Of(parsed));
        });
        return command
            .WithExample("clipsharp preprocess cat.jpg --size 224 -o seen")
            .WithExample(
                "clipsharp preprocess cat.jpg --size 64 --augment 25 --aug-cfg \"scale=(0.4,1)\" flip=0.5 rotate=15 -o seen");
    }

    private static int Run(PreprocessOptions options, Output output)
    {
        CheckNames(options);
        ClipError? refusal = null;
        var size = options.Preprocessor.Size;
        var planes = new byte[3 * size.Area];
        for (var i = 0; i < options.Pictures.Count; i++)
        {
            RgbImage image;
            try
            {
                image = ImageDecoder.Load(options.Pictures[i], options.Limits);
            }
            catch (ClipException e)
            {
                refusal ??= e.Kind;
                output.Error(e.Message);
                continue;
            }

            options.Preprocessor.Apply(image, planes);
            Write(options, i, ".png", output, file => file.Write(RgbImage.FromPlanes(planes, size.Width, size.Height).ToPng()));
            Write(options, i, ".npy", output, file => Npy.Write(file, TensorType.U8, [3, size.Height, size.Width], planes));
            if (options.Augmented > 0)
            {
                var sheet = Sheet(image, options, i);
                Write(options, i, ".augmented.png", output, file => file.Write(sheet.ToPng()));
            }
        }

        PictureFlags.NoteGreys(output, options.Preprocessor);
        return (int?)refusal ?? 0;
    }

    private static string Target(PreprocessOptions options, int picture, string ending) =>
        Path.Combine(options.Folder, Path.GetFileNameWithoutExtension(options.Pictures[picture]) + ending);

    private static void Write(PreprocessOptions options, int picture, string ending, Output output, Action<Stream> write)
    {
        var path = Target(options, picture, ending);
        AtomicFile.Write(path, write);
        output.Line(path);
    }

    // Two pictures of one name would share a result, and a result must not replace a picture.
    private static void CheckNames(PreprocessOptions options)
    {
        var taken = options.Pictures.Select(Path.GetFullPath).ToHashSet(StringComparer.Ordinal);
        for (var i = 0; i < options.Pictures.Count; i++)
        {
            foreach (var ending in new[] { ".png", ".npy", ".augmented.png" })
            {
                if (!taken.Add(Path.GetFullPath(Target(options, i, ending))))
                {
                    throw new ClipException(
                        ClipError.Usage, "A result would replace a picture or another result", Target(options, i, ending),
                        options.Pictures[i],
                        "a name of its own", "Choose another --output, or take the pictures one at a time.");
                }
            }
        }
    }

    // n versions in a square, two pixels apart.
    private static RgbImage Sheet(RgbImage image, PreprocessOptions options, int picture)
    {
        const int Gap = 2;
        var size = options.Preprocessor.Size;
        var transform = new TrainingTransform(options.Augmentation, options.Preprocessor.Config, size);
        if (options.Limits.JpegShortSide > 0 && transform.JpegShortSide != options.Limits.JpegShortSide)
        {
            // Training has small crops, which need more of a JPEG than the model's view of it.
            image = ImageDecoder.Load(options.Pictures[picture], options.Limits with { JpegShortSide = transform.JpegShortSide });
        }

        var columns = (int)Math.Ceiling(Math.Sqrt(options.Augmented));
        var rows = (options.Augmented + columns - 1) / columns;
        var (width, height) = ((columns * (size.Width + Gap)) - Gap, (rows * (size.Height + Gap)) - Gap);
        var pixels = new byte[ArrayLength.Of("bytes of a sheet", 3, width, height)];
        pixels.AsSpan().Fill(255);
        var planes = new byte[3 * size.Area];
        for (var i = 0; i < options.Augmented; i++)
        {
            var random = new RandomStream(options.Seed, RandomPurpose.Augmentation, step: i, element: picture);
            transform.Apply(image, ref random, planes);
            var tile = RgbImage.FromPlanes(planes, size.Width, size.Height).Pixels;
            var corner = (i / columns * (size.Height + Gap) * width) + (i % columns * (size.Width + Gap));
            for (var y = 0; y < size.Height; y++)
            {
                tile.AsSpan(3 * y * size.Width, 3 * size.Width).CopyTo(pixels.AsSpan(3 * (corner + (y * width))));
            }
        }

        return new RgbImage(width, height, pixels);
    }
}
