namespace ClipSharp.Text;

/// <summary>How far <see cref="TokenizerTrainer"/> is.</summary>
/// <param name="Captions">The captions read.</param>
/// <param name="Merges">The merges learnt; 0 while captions are read.</param>
/// <param name="WantedMerges">The merges wanted.</param>
public readonly record struct TokenizerTrainingProgress(long Captions, int Merges, int WantedMerges);
