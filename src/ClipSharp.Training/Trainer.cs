using ClipSharp.Data;
using ClipSharp.Torch;
using ClipSharp.Training.Losses;
using ClipSharp.Training.Optimization;
using TorchSharp;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace ClipSharp.Training;

/// <summary>What one step did.</summary>
/// <param name="Step">The step, counted from 0.</param>
/// <param name="Loss">Before the update.</param>
/// <param name="Rate">The learning rate.</param>
/// <param name="LogitScale">exp(t) after the update.</param>
/// <param name="GradientNorm">Of all parameters, before clipping.</param>
/// <param name="Skipped">Whether the update was left out because the loss or a gradient was not finite.</param>
public sealed record StepDone(long Step, double Loss, double Rate, double LogitScale, double GradientNorm, bool Skipped);

/// <summary>One step of contrastive pre-training: figure 3 of the paper, then the update of section 2.5.</summary>
/// <param name="model">The towers; changed in place.</param>
/// <param name="optimizer">Of the model's parameters.</param>
/// <param name="schedule">Learning rates.</param>
/// <param name="precision">The format in which towers compute.</param>
/// <param name="options">Clipping, smoothing, seed.</param>
/// <param name="average">Averaged weights, or null.</param>
public sealed class Trainer(
    ClipModel model, AdamW optimizer, CosineSchedule schedule, Precision precision, TrainOptions options, WeightAverage? average = null)
{
    private static readonly double MostLogitScale = Math.Log(100); // paper 2.5
    private readonly List<Parameter> _parameters = [.. model.NamedParameters().Select(p => p.Parameter)];

    /// <summary>One update by one batch of N pairs.</summary>
    /// <param name="step">The step, counted from 0.</param>
    /// <param name="batch">N pictures and their N texts.</param>
    public StepDone Step(long step, TrainingBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using var scope = NewDisposeScope();
        manual_seed(options.Seed ^ (step * 0x9E3779B97F4A7L)); // dropout is a function of (seed, step)
        model.Train();
        optimizer.ZeroGradients();
        var pixels = ClipModel.ToTensor(batch.Pixels).to(model.Device);                            // [N, 3, S, S]
        var (ids, ends) = ClipModel.ToTensors(batch.Tokens);                                       // [N, T], [N]

        // extract feature representations of each modality, into one space, of unit length
        var (images, texts) = Features(pixels, ids.to(model.Device), ends.to(model.Device));       // [N, E] each

        // scaled pairwise cosine similarities, symmetric loss
        var loss = ContrastiveLoss.Symmetric(images, texts, model.LogitScale, options.LabelSmoothing);
        loss.backward();

        var rate = schedule.Rate(step);
        var norm = GradientNorm.Clip([.. _parameters.Select(p => p.grad).OfType<Tensor>()], options.GradClipNorm);
        var value = loss.ToDouble();
        var finite = double.IsFinite(value) && double.IsFinite(norm);
        if (finite)
        {
            optimizer.Step(rate);
            ClampLogitScale();
            average?.Update(step);
        }

        return new StepDone(step, value, rate, Math.Exp(model.LogitScale.ToDouble()), norm, !finite);
    }

    private (Tensor Images, Tensor Texts) Features(Tensor pixels, Tensor ids, Tensor ends)
    {
        using var format = precision.Enter(model.Device.type);
        return (model.EncodeImages(pixels), model.EncodeTexts(ids, ends));
    }

    // Logits are never scaled by more than 100; clamped after the update, since a clamp in the forward pass kills the gradient.
    private void ClampLogitScale()
    {
        using var none = no_grad();
        using Scalar least = 0;
        using Scalar most = MostLogitScale;
        model.LogitScale.clamp_(least, most);
    }
}
