#!/usr/bin/env node
import "@auki/cli"
