namespace ClipSharp.Training.Runs.Evaluations;

/// <summary>An evaluation during training, called after each epoch and after the last step; with
/// <see cref="TrainOptions.EvalSteps"/> every so many steps instead, and after the last. Values go into the curves and to the
/// run's sink. A <see cref="ClipException"/> is a warning, and training goes on.</summary>
/// <param name="trained">The model as it stands; its encoder is the run's and ends with the call.</param>
/// <param name="cancel">When it asks to stop, <see cref="OperationCanceledException"/> may be thrown: a resume makes up for the
/// evaluation.</param>
/// <returns>Names and values, each name once; none where nothing is due.</returns>
public delegate IReadOnlyList<EvaluatedValue> ModelEvaluation(TrainedModel trained, CancellationToken cancel);
