namespace ClipSharp.Evaluation.Probes;

/// <summary>A trained logistic regression and how its training went.</summary>
/// <param name="Classifier">Of the features as they were given; intercepts of exclusive classes add up to 0.</param>
/// <param name="Objective">Half the squared coefficients plus C times the sum of losses.</param>
/// <param name="GradientNorm">The largest derivative of the objective by a parameter, without sign.</param>
/// <param name="Gain">By how much a row's mean loss, in nats, would still fall, as far as the gradient and the curvature that was
/// met promise it.</param>
/// <param name="Iterations">Steps of L-BFGS.</param>
/// <param name="Evaluations">Passes over the features: a step needs one or more.</param>
/// <param name="Converged">Whether the tolerance was met; if not, the iterations were used up or the numbers' precision
/// was.</param>
public sealed record LogisticFit(LinearClassifier Classifier, double Objective, double GradientNorm, double Gain,
    int Iterations, int Evaluations, bool Converged);
