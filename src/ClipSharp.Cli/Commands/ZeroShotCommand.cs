using System.CommandLine;
using System.Globalization;
using System.Text.Json.Serialization;
using ClipSharp.Cli.Inputs;
using ClipSharp.Cli.Parsing;
using ClipSharp.Cli.Rendering;
using ClipSharp.Cli.Rendering.Progress;
using ClipSharp.Models;
using ClipSharp.Torch;
using ClipSharp.ZeroShot;

namespace ClipSharp.Cli.Commands;

/// <summary>Which pictures to name and among what.</summary>
/// <param name="Images">Picture files, folders and patterns.</param>
/// <param name="Labels">Names between commas, or null.</param>
/// <param name="Classnames">A file of names, or null.</param>
/// <param name="Prompts">A file of names and their sentences, or null.</param>
/// <param name="Template">Sentences with a gap for the name.</param>
/// <param name="Top">Predictions a picture.</param>
/// <param name="Certainty">How sure a name must be.</param>
/// <param name="SaveClassifier">Where the classifier is stored, or null.</param>
/// <param name="IsJson">A JSON object a picture.</param>
/// <param name="IsVerbose">Say where the classifier comes from.</param>
/// <param name="IsStrict">Refuse sentences that would be cut.</param>
internal sealed record ZeroShotOptions(IReadOnlyList<string> Images, string? Labels, string? Classnames,
    string? Prompts, IReadOnlyList<string> Template, int Top, NamingCertainty Certainty, string? SaveClassifier, bool IsJson,
    bool IsVerbose, bool IsStrict);

/// <summary><c>clipsharp zeroshot</c>: pictures to names.</summary>
internal static class ZeroShotCommand
{
    private const int BarWidth = 24;

    public static Command Create() => Create(TorchClip.Load, ClassifierCache.OfUser());

    internal static Command Create(Func<ModelFiles, string, string, Clip> load, ClassifierCache cache)
    {
        var clip = new ClipOptions(load);
        var images = PictureInputs.Option();
        images.Required = true;
        var labels = new Option<string?>("--labels")
        {
            Description = "Names to choose from, between commas.",
            HelpName = "names",
        };
        var classnames = new Option<string?>("--classnames") { Description = "A file of names, one a line.", HelpName = "path" };
        var template = SharedOptions.Template();
        var prompts = SharedOptions.Prompts();
        var top = new Option<int>("--top")
        {
            Description = "How many names to show a picture.",
            HelpName = "n",
            DefaultValueFactory = _ => 5,
        }
            .AtLeast(1);
        var certainty = new CertaintyFlags();
        var save = new Option<string?>("--save-classifier")
        {
            Description = "A file to store the classifier in, for serve --classifier.",
            HelpName = "file",
        };
        var json = SharedOptions.Json();
        var verbose = new Option<bool>("--verbose") { Description = "Say whether the classifier was built or reused." };
        var strict = SharedOptions.Strict();
        var command = new Command("zeroshot", "Name pictures in plain words.")
        {
            images, labels, classnames, template, prompts, top, save, json, verbose, strict,
        }
            .WithExample("clipsharp zeroshot --model logs/first/checkpoints/epoch_10 --image cat.jpg --labels \"dog,cat,red car\"")
            .WithExample("clipsharp zeroshot -m logs/first/checkpoints/epoch_10 -i *.png --classnames birds.txt --template \"a drawing of a {}.\" --top 3 --json");
        certainty.AddTo(command);
        clip.AddTo(command);
        command.Require(parsed => new[] { labels, classnames, prompts }.Count(list => parsed.GetValue(list) is not null) != 1
            ? "Give one of --labels, --classnames and --prompts." : null);
        command.SetAction((parsed, cancel) =>
        {
            var options = new ZeroShotOptions(parsed.GetValue(images)!, parsed.GetValue(labels), parsed.GetValue(classnames),
                parsed.GetValue(prompts), parsed.GetValue(template)!, parsed.GetValue(top), certainty.Bind(parsed),
                parsed.GetValue(save),
                parsed.GetValue(json), parsed.GetValue(verbose), parsed.GetValue(strict));
            return Task.FromResult(Run(options, () => clip.Load(parsed), cache, Output.Of(parsed), cancel));
        });
        return command;
    }

    private static int Run(ZeroShotOptions options, Func<Clip> load, ClassifierCache cache, Output output,
        CancellationToken cancel)
    {
        // What the user wrote is checked before the model takes its time to load.
        var prompts = options.Prompts is { } file ? ClassPrompts.ReadFile(file) : ClassPrompts.Fill(
            options.Labels is { } list ? ClassNames.Parse(list, "--labels") : ClassNames.ReadFile(options.Classnames!),
            [.. options.Template.Select(text => PromptTemplate.Parse(text, "--template"))]);
        var images = PictureInputs.Files(options.Images, output);
        using var clip = load();
        CutTexts.Tell(clip, prompts.Texts.SelectMany(texts => texts), options.IsStrict, output);
        if (ClassNames.Peculiarities(prompts.Names) is { } twins)
        {
            output.Note(twins);
        }

        if (prompts.Indistinguishable(clip.Tokenizer, clip.Config.Text.ContextLength) is { } alike)
        {
            output.Note(alike);
        }

        foreach (var note in options.Certainty.Calibration?.Check(clip, prompts) ?? [])
        {
            output.Note(note);
        }

        var classifier = cache.GetOrBuild(clip.ClassifierKey(prompts), Build, out var isReused);
        if (options.IsVerbose)
        {
            output.Note($"classifier of {prompts.Names.Count} classes {(isReused ? "reused" : "built")}");
        }

        if (cache.NotKept is { } reason)
        {
            output.Note($"the classifier is not kept ({reason}); CLIPSHARP_CACHE names a writable folder");
        }

        if (options.SaveClassifier is { } stored)
        {
            ClassifierFile.Write(stored, classifier, clip);
        }

        var rows = new List<IReadOnlyList<string>>();
        ClipError? refusal = null;
        var done = 0;
        using var progress = options.IsJson && output.IsTerminal ? null : output.Progress("Naming", "pictures", images.Count);
        foreach (var (files, vectors) in PictureVectors.Encode(clip, images, Refuse, cancel))
        {
            var scale = clip.Encoder.LogitScale / options.Certainty.Temperature;
            foreach (var (image, top) in files.Zip(classifier.Top(vectors, scale, options.Top)))
            {
                var isNone = options.Certainty.IsNone(top[0]);
                if (options.IsJson)
                {
                    output.Json(new NamedPicture(image, top, isNone), NamedPictureJson.Default.NamedPicture);
                }

                rows.AddRange(isNone is true ? [[image, "(none of these)", "", ""]] : (string[][])[]);
                rows.AddRange(top.Select((prediction, place) => Row(place == 0 && isNone is not true ? image : "", prediction)));
            }

            progress?.Report(done += files.Count);
        }

        progress?.Dispose();
        if (!options.IsJson && rows.Count > 0)
        {
            output.Table([new("picture"), new("label"), new("probability", IsNumber: true), new("")], rows);
        }

        PictureFlags.NoteGreys(output, clip.Preprocessor);
        return (int?)refusal ?? 0;

        void Refuse(ClipException fault)
        {
            refusal ??= fault.Kind;
            done++;
            progress?.Dispose();
            output.Error(fault.Message);
        }

        ZeroShotClassifier Build()
        {
            using var encoding = output.Progress("Encoding", "prompts", prompts.Count);
            return clip.BuildClassifier(prompts, encoding, cancel);
        }
    }

    private static string[] Row(string picture, Prediction prediction) =>
    [
        picture, prediction.Label, prediction.Probability.ToString("0.0%", CultureInfo.InvariantCulture),
        Bars.Of(prediction.Probability, BarWidth),
    ];
}

/// <summary>A line of <c>--json</c>.</summary>
/// <param name="Image">The file as given.</param>
/// <param name="Predictions">Likeliest first.</param>
/// <param name="NoneOfThese">Whether even the likeliest is too unlikely; null where that was not asked.</param>
internal sealed record NamedPicture(string Image, IReadOnlyList<Prediction> Predictions, bool? NoneOfThese);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(NamedPicture))]
internal sealed partial class NamedPictureJson : JsonSerializerContext;
