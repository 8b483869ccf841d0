// Trains with a loss and an evaluation of one's own:
// dotnet run -c Release --project samples/OwnLoss -- RECIPE.json "WORDS" "OTHER WORDS"
using System.Numerics.Tensors;
using ClipSharp;
using ClipSharp.Training;
using ClipSharp.Training.Runs;
using ClipSharp.Training.Runs.Evaluations;

if (args.Length != 3)
{
    Console.Error.WriteLine("Give a recipe and two texts.");
    return (int)ClipError.Usage;
}

try
{
    var options = TrainOptions.FromJson(TrainOptions.ReadJson(args[0]), args[0]);
    var end = new TrainingRun(options, happened => Console.WriteLine(happened), Distance, loss: new HardestNegative(margin: 0.2))
        .Run(CancellationToken.None);
    Console.WriteLine($"{end.Steps} steps, {end.Checkpoint}");
    return 0;
}
catch (ClipException e)
{
    Console.Error.WriteLine(e.Message);
    return (int)e.Kind;
}

// After each epoch: how far apart the two texts are by now. The value goes into the run's curves.
IReadOnlyList<EvaluatedValue> Distance(TrainedModel trained, CancellationToken cancel)
{
    var texts = trained.Encoder.EncodeTexts(trained.Tokenizer.Tokenize([args[1], args[2]], trained.Config.Text.ContextLength));
    return [new("distance", 1 - TensorPrimitives.Dot(texts.Row(0), texts.Row(1)))];
}
