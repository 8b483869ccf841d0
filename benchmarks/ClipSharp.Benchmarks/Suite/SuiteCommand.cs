using System.CommandLine;
using ClipSharp.Torch.Loading;

namespace ClipSharp.Benchmarks.Suite;

/// <summary><c>suite [PART ...]</c>: every figure of speed in the documents, from one run.</summary>
internal static class SuiteCommand
{
    private static readonly (string Name, Action<SuiteRun> Run)[] Parts =
    [
        (FloorsPart.Name, FloorsPart.Run),
        (InferencePart.Name, InferencePart.Run),
        (TrainingPart.Name, TrainingPart.Run),
        (PicturesPart.Name, PicturesPart.Run),
        (TokenizerPart.Name, TokenizerPart.Run),
        (SearchPart.Name, SearchPart.Run),
    ];

    public static Command Create()
    {
        var parts = new Argument<string[]>("part") { Description = "Parts to measure; all unless named.", Arity = ArgumentArity.ZeroOrMore };
        parts.AcceptOnlyFromAmong([.. Parts.Select(part => part.Name)]);
        var vocabulary = new Option<string>("--vocabulary") { Description = "bpe_simple_vocab_16e6.txt.gz.", Required = true };
        var json = new Option<string?>("--json") { Description = "Where the figures go, for the report." };
        var rounds = new Option<int>("--rounds") { Description = "Turns of each side.", DefaultValueFactory = _ => 9 };
        var quick = new Option<bool>("--quick") { Description = "Small sizes: whether all runs, not how fast." };
        var onnx = new Option<string[]>("--onnx")
        {
            Description = "A folder with graphs that PyTorch exported (image.onnx, text.onnx, as `clipsharp export onnx` lays them), "
                + "named after its preset, such as ViT-B-32: one rival more.",
            DefaultValueFactory = _ => [],
        };
        var command = new Command("suite", "Measure all that the documents say of speed.")
        {
            parts, vocabulary, json, rounds, quick, onnx,
        };
        command.SetAction(parsed =>
        {
            var (asked, isQuick) = (parsed.GetValue(parts)!, parsed.GetValue(quick));
            var count = parsed.GetValue(rounds);
            LibTorch.EnsureLoaded();
            var head = SuiteHead.Collect(count, isQuick);
            foreach (var (name, value) in head)
            {
                Console.WriteLine($"{name,-14}{value}");
            }

            Console.WriteLine();
            var run = new SuiteRun(parsed.GetValue(vocabulary)!, count, isQuick, parsed.GetValue(onnx)!,
                row => Console.WriteLine(SuiteTables.Line(row)));
            foreach (var (name, measure) in Parts)
            {
                if (asked.Length > 0 && !asked.Contains(name))
                {
                    continue;
                }

                measure(run);
                if (parsed.GetValue(json) is { } path)
                {
                    new SuiteReport(head, run.Rows).Write(path); // after each part: a run that is stopped has what it measured
                }
            }
        });
        return command;
    }
}
