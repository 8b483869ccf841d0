using System.CommandLine;
using ClipSharp.Cli.Inputs;
using ClipSharp.Cli.Rendering;
using ClipSharp.Evaluation.Probes.Trained;
using ClipSharp.Models;

namespace ClipSharp.Cli.Commands.Evaluating;

/// <summary><c>clipsharp probe predict</c>: names pictures by a probe that was trained.</summary>
internal static class ProbePredictCommand
{
    internal static Command Create(Func<ModelFiles, string, string, Clip> load)
    {
        var clip = new ClipOptions(load);
        var probe = new Option<string>("--probe")
        {
            Description = "The file that probe --output wrote.",
            HelpName = "file",
            Required = true,
        };
        var images = PictureInputs.Option();
        images.Required = true;
        var top = new Option<int>("--top")
        {
            Description = "How many names to show a picture.",
            HelpName = "n",
            DefaultValueFactory = _ => 5,
        }
            .AtLeast(1);
        var json = SharedOptions.Json();
        var command = new Command("predict", "Name pictures by a trained probe.") { images, probe, top, json }
            .WithExample("clipsharp probe predict --model logs/first/checkpoints/epoch_10 --probe pets.safetensors --image cat.jpg --top 1");
        clip.AddTo(command);
        command.SetAction((parsed, cancel) =>
        {
            var output = Output.Of(parsed);
            var files = PictureInputs.Files(parsed.GetValue(images)!, output);
            using var model = clip.Load(parsed, withTexts: false);
            var trained = ProbeFile.Read(parsed.GetValue(probe)!, model);
            var count = parsed.GetValue(top);
            int code;
            using (var names = new PictureNames(output, parsed.GetValue(json), files.Count))
            {
                foreach (var (batch, best) in PictureVectors.Each(files, model.BatchSize, some => trained.Top(model, some, count),
                    names.Refuse, cancel))
                {
                    names.Add(batch, best);
                }

                code = names.ExitCode;
            }

            PictureFlags.NoteGreys(output, model.Preprocessor);
            return Task.FromResult(code);
        });
        return command;
    }
}
