using ClipSharp.Images;
using ClipSharp.Models;
using ClipSharp.Text;
using ClipSharp.Torch;

namespace ClipSharp.Training.Runs;

/// <summary>What an evaluation during training gets to see.</summary>
/// <param name="Encoder">The towers as they stand, averaged where the run averages.</param>
/// <param name="Tokenizer">The run's tokenizer.</param>
/// <param name="Config">What the model is.</param>
/// <param name="Preprocess">How pictures become pixels.</param>
/// <param name="Epoch">Passes over the data done.</param>
/// <param name="Last">Whether the run is over.</param>
public sealed record TrainedModel(
    IClipEncoder Encoder, BpeTokenizer Tokenizer, ModelConfig Config, PreprocessConfig Preprocess, int Epoch, bool Last);

/// <summary>Evaluates the model after an epoch.</summary>
/// <param name="setup">What is evaluated.</param>
/// <param name="folder">Gets the values.</param>
/// <param name="evaluate">Returns names and values, or none.</param>
/// <param name="tell">Gets the values too.</param>
internal sealed class EpochEvaluation(
    TrainingSetup setup, RunFolder folder, ModelEvaluation evaluate, Action<TrainingEvent> tell)
{
    /// <summary>Evaluates.</summary>
    /// <param name="step">Updates done.</param>
    /// <param name="cancel">Stops it: then nothing is written, and a resume makes up for it.</param>
    /// <returns>Whether it was done.</returns>
    public bool Run(long step, CancellationToken cancel)
    {
        var epoch = (int)(step / setup.StepsPerEpoch);
        using var averaged = setup.Average?.Enter();
        using var encoder = new TorchEncoder(setup.Model, setup.Precision);
        try
        {
            var values = evaluate(new TrainedModel(encoder, setup.Tokenizer, setup.Config, setup.Preprocess, epoch,
                step == setup.Steps), cancel);
            if (values.Count > 0)
            {
                folder.Measure(step, "eval", values);
                tell(new TrainingEvaluated(step, epoch, values));
            }

            return true;
        }
        catch (ClipException e)
        {
            tell(new TrainingWarning(FormattableString
                .Invariant($"Step {step} could not be evaluated, training goes on: {e.Message}")));
            return true;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return false;
        }
    }
}
