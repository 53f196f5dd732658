import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Length, Max, Min } from 'class-validator';

export class PageQuery {
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  limit: number = 50;
}

export class SendMessage {
  @IsString()
  @Length(1, 4096)
  text!: string;

  @IsOptional()
  @IsString()
  clientMessageId?: string;
}
