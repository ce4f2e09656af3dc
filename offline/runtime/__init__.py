"""How a step runs: inputs, Spark, Java, Arrow, progress; nothing about recommendation."""
