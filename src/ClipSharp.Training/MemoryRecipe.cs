namespace ClipSharp.Training;

/// <summary>Ways to save memory that belong together.</summary>
public enum MemoryRecipe
{
    /// <summary>"none".</summary>
    None,

    /// <summary>"paper": gradient checkpointing, Adam's statistics in 16 bits, the text tower's matrices in 16 bits rounded
    /// stochastically, and mixed precision (2.5). What is set beside it wins.</summary>
    Paper,
}
