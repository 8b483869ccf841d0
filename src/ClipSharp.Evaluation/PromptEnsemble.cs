namespace ClipSharp.Evaluation;

/// <summary>What several templates of a class are averaged in.</summary>
public enum PromptEnsemble
{
    /// <summary>The joint space: one vector a class, the mean of its prompts' unit vectors (paper 3.1.4).</summary>
    Embeddings,

    /// <summary>Probabilities: the mean over the templates of what each alone says. The paper leaves this, for naming then costs
    /// a classifier a template.</summary>
    Probabilities,
}
