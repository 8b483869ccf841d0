using ClipSharp.Images;
using ClipSharp.Models;
using ClipSharp.Text;

namespace ClipSharp.Training.Runs.Evaluations;

/// <summary>What an evaluation during training gets to see.</summary>
/// <param name="Encoder">The towers as they stand, averaged where the run averages.</param>
/// <param name="Tokenizer">The run's tokenizer.</param>
/// <param name="Config">What the model is.</param>
/// <param name="Preprocess">How pictures become pixels.</param>
/// <param name="Step">Updates done.</param>
/// <param name="Epoch">Whole passes over the data done.</param>
/// <param name="Last">Whether the run is over.</param>
/// <param name="Warn">Tells of a part that could not be evaluated, where others can.</param>
public sealed record TrainedModel(IClipEncoder Encoder, TextTokenizer Tokenizer, ModelConfig Config, PreprocessConfig Preprocess,
    long Step, int Epoch, bool Last, Action<string> Warn);
