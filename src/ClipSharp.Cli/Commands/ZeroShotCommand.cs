using System.CommandLine;
using ClipSharp.Cli.Inputs;
using ClipSharp.Cli.Parsing;
using ClipSharp.Cli.Rendering;
using ClipSharp.Models;
using ClipSharp.ZeroShot;

namespace ClipSharp.Cli.Commands;

/// <summary>Which pictures to name and among what.</summary>
/// <param name="Images">Picture files, folders and patterns.</param>
/// <param name="Labels">Names between commas, or null.</param>
/// <param name="Classnames">A file of names, or null.</param>
/// <param name="Prompts">A file of names and their sentences, or null.</param>
/// <param name="Template">Sentences with a gap for the name.</param>
/// <param name="Top">Predictions a picture.</param>
/// <param name="Certainty">How probabilities are made, and how sure a name must be.</param>
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
    public static Command Create() => Create(ClipOptions.LoadTorch, ClassifierCache.OfUser());

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

        var logits = options.Certainty.Of(clip.Logits);
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

        int code;
        using (var names = new PictureNames(output, options.IsJson, images.Count, logits.IsSigmoid))
        {
            foreach (var (files, vectors) in PictureVectors.Encode(clip, images, names.Refuse, cancel))
            {
                names.Add(files, classifier.Top(vectors, logits, options.Top), options.Certainty.IsNone);
            }

            code = names.ExitCode;
        }

        PictureFlags.NoteGreys(output, clip.Preprocessor);
        return code;

        ZeroShotClassifier Build()
        {
            using var encoding = output.Progress("Encoding", "prompts", prompts.Count);
            return clip.BuildClassifier(prompts, encoding, cancel);
        }
    }
}
