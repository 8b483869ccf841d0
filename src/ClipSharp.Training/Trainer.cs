using ClipSharp.Data.Batches;
using ClipSharp.Torch;
using ClipSharp.Torch.Kernels;
using ClipSharp.Training.Losses;
using ClipSharp.Training.Optimization;
using ClipSharp.Training.Optimization.Sharing;
using ClipSharp.Training.Passes;
using ClipSharp.Training.Ranks;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Training;

/// <summary>What one step did.</summary>
/// <param name="Step">The step, counted from 0.</param>
/// <param name="Loss">Before the update.</param>
/// <param name="Rate">The learning rate.</param>
/// <param name="LogitScale">exp(t) after the update.</param>
/// <param name="GradientNorm">Of all parameters, before clipping.</param>
/// <param name="Skipped">Whether the update was left out because the loss or a gradient was not finite.</param>
public sealed record StepDone(long Step, double Loss, double Rate, double LogitScale, double GradientNorm, bool Skipped);

/// <summary>One step of contrastive pre-training: figure 3 of the paper, then the update of section 2.5. The same for one process
/// and for many, which share the batch; they differ by what they are given.</summary>
public sealed class Trainer
{
    private readonly ClipModel _model;
    private readonly AdamW _optimizer;
    private readonly CosineSchedule _schedule;
    private readonly TrainOptions _options;
    private readonly WeightAverage? _average;
    private readonly ICollective _ranks;
    private readonly IParameterSync _sync;
    private readonly ITowerPass _imagePass;
    private readonly ITowerPass _textPass;

    /// <param name="model">The towers; changed in place.</param>
    /// <param name="optimizer">Of the model's parameters.</param>
    /// <param name="schedule">Learning rates.</param>
    /// <param name="precision">The format in which towers compute.</param>
    /// <param name="options">Loss, passes, clipping, seed.</param>
    /// <param name="average">Averaged weights, or null.</param>
    /// <param name="loss">A loss of one's own; null = the one of the options. Where processes share the batch it is given this
    /// process' rows, and asks them for the others' itself.</param>
    /// <param name="ranks">The processes that share the batch; null = this one alone.</param>
    public Trainer(
        ClipModel model, AdamW optimizer, CosineSchedule schedule, Precision precision, TrainOptions options,
        WeightAverage? average = null, IPairLoss? loss = null, ICollective? ranks = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(optimizer);
        ArgumentNullException.ThrowIfNull(precision);
        ArgumentNullException.ThrowIfNull(options);
        (_model, _optimizer, _schedule, _options, _average) = (model, optimizer, schedule, options, average);
        _ranks = ranks ?? new SingleProcess();
        _sync = ParameterSync.Of(_ranks, model, optimizer);
        if (options.UseBnSync && _ranks.WorldSize > 1)
        {
            NormSync.Enter(model, _ranks);
        }

        var rows = options.BatchSize / _ranks.WorldSize;
        _imagePass = TowerPasses.For(options, precision, rows, model.Image.parameters().Any(p => p.requires_grad),
            _ranks.WorldSize == 1 ? null : part => _sync.Done(isImage: true, part));
        _textPass = TowerPasses.For(options, precision, rows, model.Text.parameters().Any(p => p.requires_grad),
            _ranks.WorldSize == 1 ? null : part => _sync.Done(isImage: false, part));
        Loss = loss ?? PairLosses.Of(options, _ranks);
        LossScale = new LossScale(precision.ScalesLoss);
    }

    /// <summary>The loss.</summary>
    public IPairLoss Loss { get; }

    /// <summary>The factor on the loss, for half precision.</summary>
    public LossScale LossScale { get; }

    /// <summary>One update by one batch of N pairs.</summary>
    /// <param name="step">The step, counted from 0.</param>
    /// <param name="batch">N pictures and their N texts; of processes that share the batch, this one's rows.</param>
    /// <param name="cancel">With micro-batches, the step is given up between two of them; without, it is finished. Not for
    /// processes that share a batch: one would leave the others waiting.</param>
    /// <exception cref="OperationCanceledException">The step was given up: the model is as it was, and the step can be done
    /// again.</exception>
    public StepDone Step(long step, TrainingBatch batch, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using var scope = NewDisposeScope();
        var statistics = Statistics();
        try
        {
            var done = Update(step, batch, cancel);
            if (done.Skipped)
            {
                Restore(statistics);
            }

            return done;
        }
        catch (OperationCanceledException)
        {
            Restore(statistics);
            throw;
        }
    }

    private StepDone Update(long step, TrainingBatch batch, CancellationToken cancel)
    {
        _model.Train();
        _optimizer.ForgetGradients();

        // extract feature representations of each modality, into one space, of unit length
        var images = _imagePass.Forward(Pictures(step, batch), cancel);                            // [N, E]
        var texts = _textPass.Forward(Texts(batch), cancel);                                       // [N, E]

        // scaled pairwise cosine similarities, symmetric loss
        var groups = _options.MultiPositive ? PairGroups.Of(batch, _ranks).to(_model.Device) : null;              // [N]
        var (value, byImages, byTexts, byLogitScale, byLogitBias) = Loss
            .Gradients(images, texts, _model.LogitScale, _model.LogitBias, groups);
        using (var scale = LossScale.Value.ToScalar())
        {
            _imagePass.Backward(byImages.mul_(scale), cancel);
            _textPass.Backward(byTexts.mul_(scale), cancel);
            autograd.backward([_model.LogitScale], [byLogitScale.mul_(scale)]);
            if (byLogitBias is not null)
            {
                autograd.backward([_model.LogitBias!], [byLogitBias.mul_(scale)]);
            }
        }

        var rate = _schedule.Rate(step);
        var (norm, factor) = GradientNorm.Clip(_sync.SumGradients(), _options.GradClipNorm, LossScale.Value, _sync.Total);
        var total = value.Number();
        var finite = double.IsFinite(total) && double.IsFinite(norm);
        LossScale.Update(finite);
        if (finite)
        {
            _optimizer.Step(rate, factor);
            _sync.ShareWeights();
            RunningStatistics.Average(_model, _ranks);
            ClampLogitScale();
            _average?.Update(step);
        }

        return new StepDone(step, total, rate, Math.Exp(_model.LogitScale.Number()), norm, !finite);
    }

    // Batch norm's statistics are all that a step changes before its update; gradients are forgotten when the next one begins.
    private static void Restore(List<(Tensor Live, Tensor Before)> statistics)
    {
        using var none = no_grad();
        foreach (var (live, before) in statistics)
        {
            live.copy_(before);
        }
    }

    private List<(Tensor Live, Tensor Before)> Statistics()
    {
        using var none = no_grad();
        return [.. _model.NamedBuffers().Select(buffer => (buffer.Buffer, buffer.Buffer.clone()))];
    }

    private PictureBatch Pictures(long step, TrainingBatch batch)
    {
        var vision = _model.Config.Vision;
        var kept = vision.PatchDropout > 0 && !vision.IsResNet
            ? PatchDropout.Keep((int)vision.Grid.Area, vision.PatchDropout, _options.Seed, step,
                batch.Pixels.Count, FirstRow(batch)).to(_model.Device)
            : null;
        return new PictureBatch(_model, ClipModel.ToTensor(batch.Pixels).to(_model.Device), kept);   // [N, 3, H, W]
    }

    // Where this process' rows begin in the whole batch.
    private long FirstRow(TrainingBatch batch) => (long)_ranks.Rank * batch.Pixels.Count;

    private TextBatch Texts(TrainingBatch batch)
    {
        var (ids, ends) = _model.ToTensors(batch.Tokens);                                       // [N, T], [N]
        return new TextBatch(_model, ids.to(_model.Device), ends.to(_model.Device));
    }

    // Logits are never scaled by more than 100 (paper 2.5); clamped after the update, since a clamp in the forward pass kills the
    // gradient.
    private void ClampLogitScale()
    {
        using var none = no_grad();
        using var least = 0.0.ToScalar();
        using var most = Math.Log(_options.LogitScaleMax).ToScalar();
        _model.LogitScale.clamp_(least, most);
    }
}
